export { RedisClusterClient } from './client/redis-cluster-client.js';
export { Commands, type UnknownCommand } from './client/commands.js';
export { CommandView } from './client/command-view.js';
export { ClusterCommands } from './client/cluster-commands.js';
export type {
  ElementScanOptions,
  HashScanOptions,
} from './client/element-scan.js';
export { KeyScan, type KeyScanOptions } from './client/key-scan.js';
export { NodeCommands } from './client/node-commands.js';
export type { NodeGroupCommands } from './client/node-group-commands.js';
export { QueuedReply } from './client/queued-reply.js';
export type {
  ReshapedBatches,
  ReshapedQueuedCommands,
} from './client/reshaped-batches.js';
export type {
  QueuedCommands,
  RepliesOf,
  WantedReplies,
} from './client/queued-commands.js';
export type { PipelineOptions } from './client/pipeline.js';
export type { SettledRepliesOf } from './client/settled-replies.js';
export type { TransactionOptions } from './client/transaction.js';
export type { WatchOptions } from './client/watch.js';
export { WatchedCommands } from './client/watched-commands.js';
export { ExclusiveConnection } from './client/exclusive-connection.js';
export { Script, type ScriptOptions } from './client/script.js';
export {
  TypedFunctionLibrary,
  type FunctionLibraryOptions,
  type FunctionOptions,
} from './client/function-library.js';
export type { KeysOf } from './client/code-arguments.js';
export type { CodeHost, PromisingHost, ReplyOn } from './client/code-host.js';
export type { LibraryState } from './client/library-code.js';
export type {
  LibraryLoad,
  LibraryLoader,
  LibraryNodes,
  LibraryReaders,
} from './client/library-loading.js';
export type { NodeTarget } from './client/at.js';
export type { NodeGroup, NodeReplies } from './execution/fan-outs/place.js';
export type { ReshapedCommands } from './client/reshaped-commands.js';
export type { CallOptions } from './client/call-options.js';

export type {
  Credentials,
  NodeAddress,
  ReconnectDelay,
  RedisClusterClientOptions,
} from './options/client-options.js';
export type {
  ReadCandidate,
  ReadChooser,
  ReadFrom,
} from './options/read-from.js';
export type { ReplyOptions } from './options/reply-options.js';
export type * from './execution/cluster-events.js';
export {
  COMMAND_CHANNEL,
  type CommandAttempt,
  type CommandTrace,
} from './execution/tracing/command-trace.js';
export type { CommandPlan, CommandPlanPart } from './execution/command-plan.js';
export type {
  ClusterTopology,
  TopologyNode,
  TopologyShard,
} from './topology/cluster-topology.js';
export type { TopologyReason } from './topology/topology-change.js';
export type {
  ReplicationReport,
  ReplicationResult,
} from './replication/replication-report.js';
export type { ReplicaRequirement } from './replication/requirement.js';
export type { PersistenceRequirement } from './replication/persistence-requirement.js';

export type {
  CommandSource,
  Key,
  RequestPolicy,
  ResponsePolicy,
  Value,
} from './commands/command-spec.js';
export type { Argument } from './protocol/argument.js';
export type { TypedCommands } from './commands/typed-commands.js';
export type * from './commands/typed/argument-types.js';
export type * from './commands/typed/options.generated.js';

export {
  RedisClusterError,
  type ErrorContext,
} from './errors/redis-cluster-error.js';
export { ClosedError } from './errors/closed-error.js';
export { ClusterDownError } from './errors/cluster-down-error.js';
export { ConfigurationError } from './errors/configuration-error.js';
export { ConnectionError } from './errors/connection-error.js';
export { CrossSlotError } from './errors/cross-slot-error.js';
export {
  FanOutError,
  type FanOutPart,
  type FanOutRetryOptions,
} from './errors/fan-out-error.js';
export { LeaseExpiredError } from './errors/lease-expired-error.js';
export { NoReplicaError } from './errors/no-replica-error.js';
export { OutcomeUnknownError } from './errors/outcome-unknown-error.js';
export { PersistenceError } from './errors/persistence-error.js';
export { OvertakenError } from './errors/overtaken-error.js';
export { PipelineError, type PipelineResult } from './errors/pipeline-error.js';
export { QueueFullError } from './errors/queue-full-error.js';
export {
  ReplicationError,
  type ReplicationProof,
  type ShardReplication,
} from './errors/replication-error.js';
export { ReplyError } from './errors/reply-error.js';
export { ScanError } from './errors/scan-error.js';
export { SlotNotServedError } from './errors/slot-not-served-error.js';
export { TransactionAbortedError } from './errors/transaction-aborted-error.js';
export {
  TransactionError,
  type TransactionResult,
} from './errors/transaction-error.js';
export { TimeoutError, type TimeoutPhase } from './errors/timeout-error.js';
export { ProtocolError } from './protocol/protocol-error.js';

export { RedisClusterModule } from './nest/redis-cluster.module.js';
export { EnsureReplication } from './nest/ensure-replication.decorator.js';
export { EnsurePersistence } from './nest/ensure-persistence.decorator.js';
export type { EnsurePersistenceOptions } from './nest/ensure-persistence-options.interface.js';
export type { OnReport, ScopeOutcome } from './nest/scope-outcome.interface.js';
export {
  RedisScript,
  type RedisScriptClass,
  type RedisScriptOptions,
} from './nest/redis-script.mixin.js';
export {
  RedisFunctionLibrary,
  type RedisFunctionLibraryClass,
  type RedisFunctionLibraryOptions,
} from './nest/redis-function-library.mixin.js';
export { RedisClusterHealthIndicator } from './nest/redis-cluster-health.indicator.js';
export { ReplicationExceptionFilter } from './nest/replication-exception.filter.js';
export type {
  EnsureReplicationDecorator,
  EnsureReplicationOptions,
  ReplicatedMethod,
} from './nest/ensure-replication-options.interface.js';
export type { ReplicationFailure } from './nest/replication-exception.filter.js';
export type {
  ClusterHealth,
  HealthStatus,
  ReplicaHealth,
  ShardHealth,
} from './nest/cluster-health.interface.js';
export type { RedisClusterHealthOptions } from './nest/redis-cluster-health-options.interface.js';
export type { RedisClusterHealthResult } from './nest/redis-cluster-health.indicator.js';
export type {
  BootPolicy,
  RedisClusterModuleExtras,
  RedisClusterModuleOptions,
  RedisClusterOptionsFactory,
} from './nest/redis-cluster-module-options.interface.js';
export {
  getRedisClusterHealthToken,
  getRedisClusterToken,
  InjectRedisCluster,
  InjectRedisClusterHealth,
} from './nest/redis-cluster.tokens.js';
export type { ChannelSubscribers } from './commands/replies/channel-replies.js';
export type {
  ClusterShard,
  ClusterShardNode,
  ClusterSlotRange,
  ClusterSlotNode,
  ClusterLink,
  SlotStatistics,
  SlotMigration,
} from './commands/replies/cluster-replies.js';
export type {
  CommandInfo,
  CommandDocumentation,
  KeyWithFlags,
} from './commands/replies/command-replies.js';
export type {
  FunctionLibrary,
  LibraryFunction,
  FunctionStatistics,
} from './commands/replies/function-replies.js';
export type { GeoPosition, GeoMatch } from './commands/replies/geo-replies.js';
export type {
  SlowlogEntry,
  CommandlogEntry,
  LatencyEvent,
  LatencySample,
  LatencyHistogram,
  AclLogEntry,
} from './commands/replies/log-replies.js';
export type { PerNode } from './commands/replies/per-node.js';
export type {
  AclUser,
  AclSelector,
  ModuleInfo,
  TrackingInfo,
  NodeRole,
  PrimaryRole,
  ReplicaRole,
  MemoryStatistics,
  HotKeys,
  HotKey,
} from './commands/replies/server-replies.js';
export type {
  StreamFacts,
  StreamInfo,
  FullStreamInfo,
  FullGroupInfo,
  FullPendingEntry,
  FullConsumerInfo,
  GroupInfo,
  ConsumerInfo,
} from './commands/replies/stream-info-replies.js';
export type {
  StreamEntry,
  StreamEntries,
  ClaimedEntries,
  ClaimedIds,
  PendingSummary,
  PendingConsumer,
  PendingEntry,
} from './commands/replies/stream-replies.js';
export type {
  SimilarElement,
  RawVector,
  VectorSetInfo,
} from './commands/replies/vector-replies.js';
export type { FieldValue } from './commands/replies/hash-replies.js';
export type { LcsMatch, LcsMatches } from './commands/replies/lcs-reply.js';
export type {
  PoppedElement,
  PoppedElements,
  PoppedMember,
  PoppedMembers,
} from './commands/replies/pop-replies.js';
export type {
  ScannedEntries,
  ScannedFields,
  ScannedKeys,
  ScannedMembers,
  ScannedScores,
} from './commands/replies/scan-replies.js';
export type {
  RankedScore,
  ScoredMember,
} from './commands/replies/score-replies.js';
export type {
  BloomFilterInfo,
  CountSketchInfo,
  CuckooFilterInfo,
  DigestInfo,
  FilterChunk,
  TopListInfo,
  TopListItem,
} from './commands/replies/sketch-replies.js';
export type {
  CompactionRule,
  LabelledSample,
  LabelledSamples,
  PivotedSamples,
  TimeSeriesInfo,
  TimeSeriesLabels,
  TimeSeriesSample,
} from './commands/replies/series-replies.js';
export type {
  AggregateCursor,
  AggregateRows,
  FoundDocument,
  SearchIndexInfo,
  SearchReply,
  SpellingSuggestions,
  SuggestedTerm,
  Suggestion,
} from './commands/replies/search-replies.js';
