export { splitRepository, type ArtifactName, type HarborPlace } from './harbor-address.js';
export type { AnswerObject } from './answer.js';
export type { ApiRequest, HarborApi } from './api.js';
export { applyHarbor } from './apply/apply-harbor.js';
export { quotaBytes } from './apply/quota-size.js';
export type { ApplyListener } from './apply/change.js';
export type {
  AppliedSettings,
  HarborChange,
  HarborSettings,
  HostedSettings,
  ReplicationSetting,
} from './apply/settings.js';
export { checkHostedSettings, checkSettings, hostedSettingsSchema } from './apply/settings-schema.js';
export {
  deleteTag,
  getAddition,
  getArtifact,
  listArtifacts,
  shownFiles,
  type Addition,
  type AdditionName,
  type ArtifactTag,
  type HarborArtifact,
  type ShownFile,
} from './artifacts.js';
export { detectHarbor, type DetectedHarbor, type DetectOptions } from './detect.js';
export { createImmutableRule, deleteImmutableRule, listImmutableRules, type ImmutableRule } from './immutable-tags.js';
export { addLabel, createLabel, listLabels, updateLabel, type Label, type LabelSpec } from './labels.js';
export { modelFamilyOf, modelView, type ModelView } from './model-view.js';
export { robotAdvice } from './harbor-error.js';
export { openHarbor, type Harbor, type HarborIdentity, type HarborOptions } from './open-harbor.js';
export {
  createPreheat,
  findProvider,
  listPreheat,
  updatePreheat,
  type PreheatPolicy,
  type PreheatSpec,
} from './preheat.js';
export {
  createProject,
  findProject,
  projectExists,
  getProject,
  listProjects,
  updateProject,
  CONTENT_TRUST_LIMIT,
  type ContentTrust,
  type NewProject,
  type Project,
  type ProjectOptions,
} from './projects.js';
export { getQuota, projectStorage, setQuota, type ProjectStorage, type Quota } from './quotas.js';
export {
  readBackFromHarbor,
  type ExpectedView,
  type Missing,
  type ReadBack,
  type ShownDocument,
} from './read-back-settings.js';
export {
  createRegistry,
  listRegistries,
  updateRegistry,
  type KeptRegistry,
  type RegistryEndpoint,
} from './registries.js';
export {
  createReplication,
  listReplication,
  listReplicationRuns,
  replicationRun,
  startReplication,
  waitForReplication,
  updateReplication,
  type ReplicationPolicy,
  type ReplicationRun,
  type ReplicationSpec,
} from './replication.js';
export {
  getRetention,
  retentionText,
  runRetention,
  setRetention,
  type Retention,
  type RetentionRule,
  type RetentionRun,
  type RetentionTemplate,
} from './retention.js';
export {
  createRobot,
  deleteRobot,
  isRobotNamed,
  listRobots,
  rightsOf,
  updateRobot,
  type CreatedRobot,
  type Right,
  type Robot,
  type RobotRole,
  type RobotSpec,
} from './robots.js';
export { startScan, type SbomState, type ScanKind, type ScanState } from './scans.js';
export { selectionText, type Selection } from './rule-selection.js';
export { familyFor, parseVersion, type HarborVersion, type ModelFamily } from './version.js';
