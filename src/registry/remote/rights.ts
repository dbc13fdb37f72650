/** What an account has to be allowed, and who grants it. Roles and rights as Harbor 2 has them (common/rbac/project). */
const RIGHTS = {
  pull: 'to read needs, in a Harbor, any role in the project (Limited Guest is enough), or a robot with Pull Repository: its project admin grants that',
  push: 'to push or tag needs, in a Harbor, the role Developer, Maintainer or Project Admin, or a robot with Push Repository: its project admin grants that',
  delete:
    'to delete needs, in a Harbor, the role Maintainer or Project Admin, or a robot with Delete Repository, Artifact and Tag: its project admin grants that',
} as const;

/** Elsewhere than in a Harbor. */
const ELSEWHERE = {
  pull: 'elsewhere: ask the owner of the repository for read (pull) rights',
  push: 'elsewhere: ask the owner of the repository for write (push) rights',
  delete: 'elsewhere: ask the owner of the repository for the right to delete',
} as const;

/** What a Harbor wants for a request of this kind. */
export function inHarbor(method: string): string {
  return RIGHTS[actionOf(method)];
}

/** What a request that was refused needs, where it is not known what the registry is. */
export function neededRights(method: string): readonly string[] {
  const action = actionOf(method);
  return [RIGHTS[action], ELSEWHERE[action]];
}

function actionOf(method: string): keyof typeof RIGHTS {
  if (method === 'DELETE') return 'delete';
  return method === 'GET' || method === 'HEAD' ? 'pull' : 'push';
}

/** What a registry that answers 405 wants changed. */
export function notAllowed(method: string): readonly string[] {
  if (method !== 'DELETE')
    return ['is it a mirror or a cache, or is the registry read-only? Push to the registry behind it'];
  return [
    'its operator can allow it: distribution deletes with `storage: { delete: { enabled: true } }`, REGISTRY_STORAGE_DELETE_ENABLED=true',
    'a mirror or cache deletes nothing: delete in the registry behind it',
  ];
}
