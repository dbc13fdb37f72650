// Made by `npm run api`: do not edit. Types that public signatures name.
export type { FrameArray, FrameValue } from '../workers/frames.js';
export type { CollectedSums, FLASH_ATTENTION, LlamaFacts, PURPOSES, ScoredPositions } from '../workers/llama-addon.js';
export type { EngineChoice } from '../workers/messages.js';
export type { RoundingRows, RoundingSums } from '../workers/rounding.js';
export type { Flow, StageRow } from './config/stage-row.js';
export type { GgufContentOptions } from './convert/convert-content.js';
export type { FuseOptions } from './convert/fuse-tensors.js';
export type { KeyValue } from './convert/metadata/key-values.js';
export type { PlanOptions } from './convert/plan-tensors.js';
export type { PredictionOptions } from './convert/prediction-layers.js';
export type { RepositoryOptions } from './convert/repository.js';
export type { OUTPUT_TYPES } from './convert/tensor-types.js';
export type { SpecialToken, TokenizerOptions } from './convert/tokenizers/choice.js';
export type { TokenizerChoice, TokenizerKind } from './convert/tokenizers/index.js';
export type { VocabularyMemory, VocabularyOptions } from './convert/vocabulary.js';
export type { ERROR_CODES } from './core/error.js';
export type { RoundingError } from './core/events.js';
export type { ProcessMemory } from './core/limits.js';
export type {
  ChoiceRow,
  CountRow,
  DurationRow,
  FlagRow,
  NestedRow,
  NumberRow,
  NumbersRow,
  OptionRow,
  OptionTable,
  PairsRow,
  PathRow,
  RowBase,
  SettingsRow,
  SizeRow,
  TextRow,
} from './core/options/option-row.js';
export type { OptionValue, OptionsOf, PlainOption, RequiredKeys, RowValue } from './core/options/option-types.js';
export type { RunKey, RunState as CoreRunState } from './core/run-state.js';
export type { CACHE_TYPES } from './deploy/memory.js';
export type { DEPLOY_FORMATS } from './deploy/render.js';
export type { EmbeddingComparison, EmbeddingInput } from './evaluate/embeddings.js';
export type { Child, ChildOptions } from './evaluate/engine/child.js';
export type { EngineFacts, EngineOptions } from './evaluate/engine/engine.js';
export type { LoadOptions } from './evaluate/engine/load-options.js';
export type { ChunkPart, LlamaModel, Loaded } from './evaluate/engine/model.js';
export type { EvaluationInput, EvaluationSettings, EvaluationText, UsedSettings } from './evaluate/evaluate-models.js';
export type { EvaluatedModel, EvaluatedText, Histogram, SmokeResult, WeightSummary } from './evaluate/evaluation.js';
export type { GateOperator } from './evaluate/gate.js';
export type { CollectOptions, CollectedImportance } from './evaluate/importance/collect-importance.js';
export type { ImportanceSums } from './evaluate/importance/importance-matrix.js';
export type { MeasureOptions, OnChunk } from './evaluate/measure.js';
export type { OutputDifference } from './evaluate/onnx/compare-outputs.js';
export type { OnnxEvaluationInput, OnnxMeasurement, OnnxOutput } from './evaluate/onnx/evaluate-onnx.js';
export type { OnnxEngineFacts, OnnxRuntimeOptions } from './evaluate/onnx/runtime.js';
export type { GivenShapes } from './evaluate/onnx/shapes.js';
export type { StagedModel } from './evaluate/onnx/staged-model.js';
export type { InputFill, OnnxTensor } from './evaluate/onnx/tensor-values.js';
export type { SmokeInput, SmokeSettings } from './evaluate/smoke/smoke.js';
export type { TensorError, WeightErrorOptions } from './evaluate/weight-error.js';
export type { Digester } from './files/digester.js';
export type { FileRange, ReadingGroup, ReadingOutlook, SourceSignature } from './files/model-file.js';
export type { DamagedBlob, PrunedFile, StoreVerification, StoredBlob } from './files/store.js';
export type { VALUE_TYPES } from './gguf/content.js';
export type { LayoutOptions } from './gguf/layout.js';
export type { GgufLimits } from './gguf/limits.js';
export type { TENSOR_TYPE_TABLE } from './gguf/tensor-type.js';
export type { AnswerObject } from './harbor/answer.js';
export type { ApiConnection, ApiQuery, ApiRequest, HarborApi } from './harbor/api.js';
export type { ApplyListener } from './harbor/apply/change.js';
export type { HostedSettings, ReplicationSetting } from './harbor/apply/settings.js';
export type { Addition, AdditionName, ArtifactTag, ShownFile } from './harbor/artifacts.js';
export type { DetectOptions } from './harbor/detect.js';
export type { ArtifactName, HarborPlace } from './harbor/harbor-address.js';
export type { Attempt } from './harbor/harbor-error.js';
export type { LabelSpec } from './harbor/labels.js';
export type { HarborIdentity } from './harbor/open-harbor.js';
export type { PreheatSpec } from './harbor/preheat.js';
export type { ContentTrust, NewProject, ProjectOptions } from './harbor/projects.js';
export type { ExpectedView, Missing, ShownDocument } from './harbor/read-back-settings.js';
export type { RegistryEndpoint } from './harbor/registries.js';
export type { ReplicationSpec } from './harbor/replication.js';
export type { RetainedRepository, RetentionRule, RetentionTemplate } from './harbor/retention.js';
export type { CreatedRobot, Right, RobotRole, RobotSpec } from './harbor/robots.js';
export type { Selection } from './harbor/rule-selection.js';
export type { SbomState, ScanKind, ScanState } from './harbor/scans.js';
export type { HarborVersion, ModelFamily } from './harbor/version.js';
export type { AnswerHeaders } from './http/answer-headers.js';
export type { HttpRequest, HttpResponse, RequestBody, Retry } from './http/client.js';
export type { RULES } from './lint/lint-rules.js';
export type { ExternalData, OnnxValue } from './onnx/onnx-model.js';
export type { ArtifactContents, ArtifactFile } from './package/artifact-files.js';
export type { ArtifactAddress } from './package/artifact-snapshot.js';
export type { DockerModelOptions } from './package/docker-model.js';
export type { FILE_KINDS, FileKind } from './package/file-kind.js';
export type { ArtifactShape, PACKAGING_FORMATS } from './package/formats.js';
export type { ModelSpecOptions } from './package/model-spec-layers.js';
export type { BaseImage, ModelcarOptions } from './package/modelcar.js';
export type { ModelKitOptions } from './package/modelkit.js';
export type { OllamaOptions, OllamaParameters } from './package/ollama.js';
export type { OrasOptions } from './package/oras.js';
export type { LayerForm, LayerNaming, PackagingFormat } from './package/packaging-format.js';
export type { ReaderAnswer, ReaderVerdict } from './package/readers.js';
export type { SealedIndex } from './package/variant-index.js';
export type {
  AdapterFacts,
  BuildRecipe,
  InputType,
  SamplingFacts,
  VariantStatement,
  WeightRole,
  WeightRoles,
} from './package/variant.js';
export type { KernelChoice } from './quantize/engine-choice.js';
export type { FILE_TYPE_TABLE, Spelled, fileTypeProblem } from './quantize/file-types.js';
export type { JobRoom, TakenRoom } from './quantize/job-room.js';
export type { LlamaEnvironment } from './quantize/llama-library.js';
export type { Authorizer, AuthorizerOptions } from './registry/auth/authorizer.js';
export type { RegistryCredential } from './registry/credentials/credential.js';
export type { CollectedGarbage, IndexEdit, IndexUpdate, LayoutStorage } from './registry/layout/layout-storage.js';
export type { LayoutVerification } from './registry/layout/layout-target.js';
export type { PresentArtifact, PushedManifest, PushedToTarget, StoredManifests } from './registry/push-artifacts.js';
export type { ArchiveReference, LayoutReference, RegistryReference } from './registry/reference.js';
export type { ChunkSizes, SizeMemory } from './registry/remote/chunk-sizes.js';
export type { Ask, Connection, ConnectionOptions } from './registry/remote/connection.js';
export type { UploadRules } from './registry/remote/host-rules.js';
export type { LearntSizes } from './registry/remote/learnt-sizes.js';
export type { RegistryAbilities } from './registry/remote/probe.js';
export type { UploadMemory, UploadProgress } from './registry/remote/upload-memory.js';
export type { UploadSettings } from './registry/remote/upload.js';
export type {
  BlobPusher,
  BlobReader,
  DeletableTarget,
  Deleter,
  ManifestFinder,
  ManifestPusher,
  ManifestReader,
  PartialListing,
  Place,
  PushBlobOptions,
  PushedBlob,
  ReadableTarget,
  ReferrerLister,
  Resolver,
  StoredManifest,
  TagLister,
  Tagger,
} from './registry/target.js';
export type { OnTransfer } from './registry/transfer-event.js';
export type { BlobCounts } from './registry/transfer.js';
export type { Needs } from './run/preflight.js';
export type { RunContextOptions } from './run/run-context.js';
export type {
  ArtifactSummary,
  ChangeSummary,
  ItemSummary,
  RunSummary,
  StageSummary,
  TensorSummary,
  WarningSummary,
} from './run/summary.js';
export type { TensorWeightError, VariantWeightError } from './run/weight-errors.js';
export type { DTYPE_BITS, SafetensorsDtype } from './safetensors/dtype.js';
export type { SafetensorsHeader, SafetensorsLimits, SafetensorsTensor } from './safetensors/header.js';
export type { HubOptions } from './source/hub.js';
export type { ReadArtifact } from './source/open-source.js';
export type { SelectionOptions } from './source/selection.js';
export type { Evaluated } from './stages/evaluation/evaluate.js';
export type { CONVERT_OPTIONS } from './stages/options/convert-options.js';
export type { COPY_OPTIONS } from './stages/options/copy-options.js';
export type { DEPLOY_OPTIONS, DEPLOY_TO, targetProblem } from './stages/options/deploy-options.js';
export type { DOWNLOAD_OPTIONS } from './stages/options/download-options.js';
export type { EVALUATE_OPTIONS, EvaluateStageOptions } from './stages/options/evaluate-options.js';
export type { MIX_OPTIONS } from './stages/options/mix-options.js';
export type { PACK_OPTIONS } from './stages/options/pack-options.js';
export type { PUSH_OPTIONS } from './stages/options/push-options.js';
export type { QUANTIZE_OPTIONS } from './stages/options/quantize-options.js';
export type { SAVE_OPTIONS, SaveOptions } from './stages/options/save-options.js';
export type { SPLIT_OPTIONS } from './stages/options/split-options.js';
export type {
  PackedIndex,
  PackedOrigin,
  PushAttachment,
  SignatureLayer,
  StoredModel,
} from './stages/packaging/packed-model.js';
export type { RepackageOptions } from './stages/packaging/repackage.js';
export type { PreparedPush, PushStage } from './stages/push/push.js';
export type { SignerPolicy } from './stages/trust/model-directory.js';
export type { Compared } from './stages/trust/rebuild-compare.js';
export type { ComparedPart, TensorDifference } from './stages/trust/rebuild-difference.js';
export type { Signable } from './stages/trust/sign-stage.js';
export type { VerifyReferenceOptions } from './stages/trust/verify-reference.js';
export type { VERIFY_OPTIONS } from './stages/trust/verify-stage.js';
export type { RegistryFeatures } from './testing/registry-routes.js';
export type { XetFile, XetTerm } from './testing/xet-shard.js';
export type { XetRange, XetReconstruction } from './testing/xet-store.js';
export type { AttachSubject } from './trust/attach.js';
export type { VerificationMaterial } from './trust/bundle/bundle.js';
export type { Envelope } from './trust/bundle/dsse.js';
export type { ReadMessage } from './trust/bundle/message.js';
export type { Statement, Subject } from './trust/bundle/statement.js';
export type { Evidence, EvidenceSource, FoundAttestation, FoundSignature } from './trust/collect-evidence.js';
export type { ExactIdentity } from './trust/keyless/token-identity.js';
export type { KeyPair } from './trust/keys/generate.js';
export type { Attached, SignOptions } from './trust/sign.js';
export type { SaidOfWeights, WeightsSaid } from './trust/verify/agreement-checks.js';
export type { ArtifactFacts } from './trust/verify/content-checks.js';
export type { CertificateVerifier, Identified, SignedByCertificate } from './trust/verify/identify.js';
export type {
  AnyIdentity,
  AuthorityIdentity,
  CertificateIdentity,
  Identity,
  KeyIdentity,
  PolicyEnvironment,
  ScoreLimit,
  SourceSignatureRule,
} from './trust/verify/policy.js';
export type { Verdict, VerifiedBy } from './trust/verify/verification-report.js';
