/**
 * Names that programs act on when they find them in a directory: what tells a continuous integration what to run, what a
 * file manager runs, where Node looks for code, and git's own folder by its short name on Windows.
 */
const ACTED_ON = [
  /^jenkinsfile$/i,
  /^(azure|bitbucket)-pipelines\.ya?ml$/i,
  /^(appveyor|buildspec|cloudbuild|codefresh|wercker|codeship-\w+)\.ya?ml$/i,
  /^(autorun\.inf|desktop\.ini|_netrc|vagrantfile)$/i,
  /^node_modules$/i,
  /^git~\d+$/i,
];

/** Whether a path holds a name that is hidden (it begins with a dot), or that configures a tool. */
export function isHiddenPath(path: string): boolean {
  return path.split('/').some((segment) => segment.startsWith('.') || ACTED_ON.some((name) => name.test(segment)));
}
