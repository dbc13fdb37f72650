import { familyFor, type HarborVersion, type ModelFamily } from './version.js';

/** What a Harbor makes of an artifact. */
export interface ModelView {
  /** The type that its list shows. */
  readonly type: string;
  /** README, licence and files have tabs. */
  readonly tabs: boolean;
  /** Why there are none, and what to do; empty when there are. */
  readonly reason: string;
}

const FAMILIES: Readonly<Record<string, ModelFamily>> = {
  'application/vnd.cnai.model.manifest.v1+json': 'cnai',
  'application/vnd.cncf.model.manifest.v1+json': 'modelpack',
};

/** The model family of an artifact by its artifactType; `undefined` for everything else. */
export function modelFamilyOf(artifactType: string): ModelFamily | undefined {
  return Object.hasOwn(FAMILIES, artifactType) ? FAMILIES[artifactType] : undefined;
}

/**
 * What a Harbor of this version shows of an artifact, as 2.15.2 and 2.16 were measured to. The processor is chosen by
 * artifactType, else by the config's media type; an unregistered type is named after the latter.
 */
export function modelView(version: HarborVersion | undefined, artifactType: string, configType: string): ModelView {
  const family = modelFamilyOf(artifactType) ?? modelFamilyOf(configType);
  const shown = familyFor(version);
  if (family !== undefined && family === shown) return { type: 'CNAI', tabs: true, reason: '' };
  if (family !== undefined) {
    return {
      type: typeOfConfig(configType),
      tabs: false,
      reason: `${version === undefined ? 'this Harbor' : `Harbor ${version.major}.${version.minor}`} knows only the ${shown} family of models, and this artifact is ${family}: push the format '${shown}' as well`,
    };
  }
  return {
    type: typeOfConfig(artifactType === '' ? configType : artifactType, configType),
    tabs: false,
    reason: 'Harbor has tabs only for the formats modelpack and cnai; it stores this one, and it can be pulled',
  };
}

/** Types that Harbor has a processor for, besides its model family. */
const IMAGES = new Set([
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
  'application/vnd.docker.container.image.rootfs.diff.tar.gzip',
]);

function typeOfConfig(first: string, configType: string = first): string {
  if (IMAGES.has(first)) return 'IMAGE';
  // A name with a dot in its version (`config.v0.1+json`) gives no type.
  const named = /^application\/vnd\.[^.]*\.(.*)\.config\.[^.]*\+json$/.exec(configType)?.[1];
  return named === undefined ? 'UNKNOWN' : named.toUpperCase();
}
