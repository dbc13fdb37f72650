/**
 * Shell functions that print hosts and layouts to complete: keys of the files where credentials are kept (never a
 * value), and directories that hold an OCI layout. Other tools' logins count: who has logged in with podman or docker
 * pushes to the same hosts.
 */

/** For any POSIX shell. */
export const HOSTS: string = `_pipeline_hosts() {
  cat "\${XDG_CONFIG_HOME:-$HOME/.config}/slipway/auth.json" "\${REGISTRY_AUTH_FILE:-/dev/null}" \\
    "\${DOCKER_CONFIG:-$HOME/.docker}/config.json" "\${XDG_RUNTIME_DIR:-/nonexistent}/containers/auth.json" \\
    "\${XDG_CONFIG_HOME:-$HOME/.config}/containers/auth.json" 2>/dev/null |
    grep -oE '"(https?://)?([A-Za-z0-9-]+([.][A-Za-z0-9-]+)+|localhost)(:[0-9]+)?(/v[12]/?)?"[[:space:]]*:' |
    sed -E 's#^"(https?://)?##; s#(/v[12]/?)?"[[:space:]]*:$##; s#^(index|registry-1)[.]docker[.]io$#docker.io#' |
    sort -u
}`;

/** Layouts in the working directory and one level below it, as a shell prints them that leaves unmatched patterns alone. */
export const LAYOUTS: string = `_pipeline_layouts() {
  local mark
  for mark in */oci-layout */*/oci-layout; do
    if [ -f "$mark" ]; then printf 'layout:./%s\\n' "\${mark%/oci-layout}"; fi
  done
}`;

/** Both for fish, which has a syntax of its own. */
export const FISH_PLACES: string = `function __pipeline_hosts
  set -l config $HOME/.config
  set -q XDG_CONFIG_HOME; and set config $XDG_CONFIG_HOME
  set -l docker $HOME/.docker
  set -q DOCKER_CONFIG; and set docker $DOCKER_CONFIG
  cat $config/slipway/auth.json $REGISTRY_AUTH_FILE $docker/config.json $XDG_RUNTIME_DIR/containers/auth.json $config/containers/auth.json 2>/dev/null \\
    | grep -oE '"(https?://)?([A-Za-z0-9-]+([.][A-Za-z0-9-]+)+|localhost)(:[0-9]+)?(/v[12]/?)?"[[:space:]]*:' \\
    | sed -E 's#^"(https?://)?##; s#(/v[12]/?)?"[[:space:]]*:$##; s#^(index|registry-1)[.]docker[.]io$#docker.io#' | sort -u
end
function __pipeline_artifacts
  for host in (__pipeline_hosts)
    echo $host/
  end
  for mark in */oci-layout */*/oci-layout
    test -f $mark; and echo layout:./(string replace /oci-layout '' $mark)
  end
end`;
