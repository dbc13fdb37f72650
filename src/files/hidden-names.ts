/**
 * Names that programs act on when they find them in a directory: what tells a continuous integration what to run, what a
 * file manager runs, where Node looks for code, what Python, pytest and this program load by themselves, what coding agents
 * obey, and the short names of hidden files on Windows (`GIT~1`, `NPMRC~1`).
 */
const ACTED_ON = [
  /^jenkinsfile$/i,
  /^(azure|bitbucket)-pipelines\.ya?ml$/i,
  /^(appveyor|buildspec|cloudbuild|codefresh|wercker|codeship-\w+)\.ya?ml$/i,
  /^(autorun\.inf|desktop\.ini|_netrc|vagrantfile)$/i,
  /^node_modules$/i,
  /^(sitecustomize|usercustomize|conftest)\.py$/i,
  /^pipeline\.config\.(m?[jt]s|json|ya?ml)$/i,
  /^(agents|claude|gemini)\.md$/i,
  /^mise\.toml$/i,
  /^[\w-]{1,6}~\d+(\.\w{0,3})?$/i,
];

/** Whether a path holds a name that is hidden (it begins with a dot), or that configures a tool. */
export function isHiddenPath(path: string): boolean {
  return path.split('/').some((segment) => segment.startsWith('.') || ACTED_ON.some((name) => name.test(segment)));
}
