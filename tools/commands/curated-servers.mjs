// Scripts, channels, connections, servers, the cluster: see curated-docs.mjs for the form.
export const SERVER_LINES = `
EVAL :: Reply :: Runs a Lua script on the shard of its keys; the reply comes as the script gives it.
EVALSHA :: Reply :: Runs a script that \`scriptLoad\` has loaded, by its SHA1.
EVALSHA_RO :: Reply :: Runs a loaded script that only reads, by its SHA1.
EVAL_RO :: Reply :: Runs a Lua script that only reads.
FCALL :: Reply :: Runs a function of a loaded library.
FCALL_RO :: Reply :: Runs a function of a loaded library that only reads.
FUNCTION DELETE :: 'OK' :: Removes a library of functions from all primaries.
FUNCTION DUMP :: Buffer :: Serializes all libraries of functions for \`functionRestore\`; always a Buffer, since the bytes are no text.
FUNCTION FLUSH :: 'OK' :: Removes all libraries of functions from all primaries.
FUNCTION HELP :: string[] :: Lists what FUNCTION can do.
FUNCTION KILL :: 'OK' :: Stops the function that runs, if it has not written yet.
FUNCTION LIST :: FunctionLibrary<Text>[] :: Lists the libraries of functions.
FUNCTION LOAD :: Text :: Loads a library of functions on all primaries; gives its name.
FUNCTION RESTORE :: 'OK' :: Loads libraries serialized by \`functionDump\` on all primaries.
FUNCTION STATS :: PerNode<FunctionStatistics<Text>, At> :: Tells what runs on each primary, and its engines.
SCRIPT EXISTS :: number[] :: Tells for each SHA1 whether all primaries have the script: 1 or 0.
SCRIPT FLUSH :: 'OK' :: Forgets all scripts on all nodes.
SCRIPT HELP :: string[] :: Lists what SCRIPT can do.
SCRIPT KILL :: 'OK' :: Stops the script that runs, if it has not written yet.
SCRIPT LOAD :: Text :: Loads a script on all nodes; gives its SHA1 when all agree on it.
SCRIPT SHOW :: Text :: Gives the source of a loaded script.

PUBLISH :: number :: Sends a message to a channel of the whole cluster; gives how many subscribers the node that received it has.
PUBSUB CHANNELS :: Text[] :: Lists the channels somebody listens to, on all nodes, each once.
PUBSUB HELP :: string[] :: Lists what PUBSUB can do.
PUBSUB NUMPAT :: number :: Counts the patterns subscribed to, on all nodes.
PUBSUB NUMSUB :: ChannelSubscribers<Text>[] :: Counts the subscribers of channels, on all nodes.
PUBSUB SHARDCHANNELS :: Text[] :: Lists the shard channels somebody listens to, on all nodes, each once.
PUBSUB SHARDNUMSUB :: ChannelSubscribers<Text>[] :: Counts the subscribers of shard channels, on all nodes.
SPUBLISH :: number :: Sends a message to a channel of one shard; gives how many subscribers the node that received it has.

CLIENT GETNAME :: Text | null :: Tells the name of the connection the command happens to ride.
CLIENT GETREDIR :: number :: Tells where the connection's invalidations go: -1 nowhere.
CLIENT HELP :: string[] :: Lists what CLIENT can do.
CLIENT ID :: number :: Tells the number of the connection the command happens to ride, on its node.
CLIENT INFO :: Text :: Describes the connection the command happens to ride.
CLIENT KILL :: number :: Closes connections on all nodes, those that meet all conditions; gives how many.
CLIENT LIST :: PerNode<Text, At> :: Describes the connections of every node, one a line.
CLIENT PAUSE :: 'OK' :: Lets all nodes wait before they serve clients, for some milliseconds.
CLIENT TRACKINGINFO :: TrackingInfo<Text> :: Tells how invalidations are tracked on the connection the command happens to ride.
CLIENT UNBLOCK :: number :: Ends the wait of a blocked connection of one node; 1 if it did.
CLIENT UNPAUSE :: 'OK' :: Ends the pause of all nodes.

ACL CAT :: Text[] :: Lists the categories of commands, or the commands of one.
ACL DELUSER :: number :: Removes users from all nodes; gives how many there were.
ACL DRYRUN :: string :: Tells whether a user may run a command: \`OK\`, or why not.
ACL GENPASS :: Text :: Makes up a password.
ACL GETUSER :: AclUser<Text> | null :: Tells the rules of a user.
ACL HELP :: string[] :: Lists what ACL can do.
ACL LIST :: Text[] :: Lists all users with their rules.
ACL LOAD :: 'OK' :: Lets every node read its file of users.
ACL LOG :: PerNode<AclLogEntry<Text>[], At>; reset => 'OK' :: Lists what every node refused lately, or forgets it.
ACL SAVE :: 'OK' :: Lets every node write its file of users.
ACL SETUSER :: 'OK' :: Makes or changes a user on all nodes.
ACL USERS :: Text[] :: Lists the names of all users.
ACL WHOAMI :: Text :: Tells which user the client is.
BGREWRITEAOF :: string :: Lets every node rewrite its append-only file in the background.
BGSAVE :: string :: Lets every node save its data in the background.
COMMAND :: CommandInfo<Text>[] :: Lists all commands of one node.
COMMAND COUNT :: number :: Counts the commands of one node.
COMMAND DOCS :: Record<string, CommandDocumentation> :: Gives the manual of commands, of all by default.
COMMAND GETKEYS :: Text[] :: Tells which words of a command are keys.
COMMAND GETKEYSANDFLAGS :: KeyWithFlags<Text>[] :: Tells which words of a command are keys, and what it does to them.
COMMAND HELP :: string[] :: Lists what COMMAND can do.
COMMAND INFO :: (CommandInfo<Text> | null)[] :: Tells what one node knows of commands, of all by default.
COMMAND LIST :: Text[] :: Lists the names of the commands of one node.
COMMANDLOG GET :: PerNode<CommandlogEntry<Text>[], At> :: Lists commands that took long or had much to carry, of every node; the count -1 is for all.
COMMANDLOG HELP :: string[] :: Lists what COMMANDLOG can do.
COMMANDLOG LEN :: number :: Counts the entries of that log, on all nodes.
COMMANDLOG RESET :: 'OK' :: Forgets the entries of that log, on all nodes.
CONFIG GET :: PerNode<Record<string, Text>, At> :: Reads settings of every node; patterns match many.
CONFIG HELP :: string[] :: Lists what CONFIG can do.
CONFIG RESETSTAT :: 'OK' :: Sets the statistics of all nodes to nothing.
CONFIG REWRITE :: 'OK' :: Lets every node write its settings to its file.
CONFIG SET :: 'OK' :: Changes settings of all nodes.
DBSIZE :: number :: Counts the keys of all primaries.
DEBUG :: unknown :: Does what only those who develop servers need.
ECHO :: Text :: Gives back a message.
FAILOVER :: 'OK' :: Hands the role of primary to a replica; clusters have \`clusterFailover\`.
FLUSHALL :: 'OK' :: Deletes all keys of all databases on all primaries.
FLUSHDB :: 'OK' :: Deletes all keys on all primaries.
HOTKEYS GET :: PerNode<HotKeys | null, At> :: Tells the keys used most on every node; null where nothing was measured.
HOTKEYS HELP :: string[] :: Lists what HOTKEYS can do.
HOTKEYS RESET :: 'OK' :: Forgets what was measured on all nodes.
HOTKEYS START :: 'OK' :: Begins to measure which keys are used most, on all nodes.
HOTKEYS STOP :: 'OK' | null :: Ends the measurement on all nodes; null if there is none.
INFO :: PerNode<Text, At> :: Tells state and statistics of every primary, as text.
LASTSAVE :: PerNode<number, At> :: Tells when every node saved its data last, as Unix time in seconds.
LATENCY DOCTOR :: PerNode<Text, At> :: Gives every node's report about its latency.
LATENCY GRAPH :: PerNode<Text, At> :: Draws the latency of an event on every node.
LATENCY HELP :: string[] :: Lists what LATENCY can do.
LATENCY HISTOGRAM :: PerNode<Record<string, LatencyHistogram>, At> :: Tells how long calls took on every node, by command.
LATENCY HISTORY :: PerNode<LatencySample[], At> :: Lists the latency spikes of an event on every node.
LATENCY LATEST :: PerNode<LatencyEvent<Text>[], At> :: Lists the last latency spike of each event on every node.
LATENCY RESET :: number :: Forgets latency spikes on all nodes; gives how many events were forgotten.
LOLWUT :: Text :: Draws a picture and tells the server's version.
MEMORY DOCTOR :: PerNode<Text, At> :: Gives every primary's report about its memory.
MEMORY HELP :: string[] :: Lists what MEMORY can do.
MEMORY MALLOC-STATS :: PerNode<Text, At> :: Gives the statistics of every primary's allocator, as text.
MEMORY PURGE :: 'OK' :: Lets all nodes give unused memory back.
MEMORY STATS :: PerNode<MemoryStatistics, At> :: Tells what every primary uses memory for.
MEMORY USAGE :: number | null :: Tells how many bytes a key takes; null if there is none.
MODULE HELP :: string[] :: Lists what MODULE can do.
MODULE LIST :: PerNode<ModuleInfo<Text>[], At> :: Lists the modules of every node.
MODULE LOAD :: 'OK' :: Loads a module on all nodes.
MODULE LOADEX :: 'OK' :: Loads a module with settings on all nodes.
MODULE UNLOAD :: 'OK' :: Unloads a module from all nodes.
PING :: 'PONG'; message => Text :: Asks all primaries whether they answer.
REPLICAOF :: string :: Makes a server the replica of another; clusters have \`clusterReplicate\`.
ROLE :: PerNode<NodeRole<Text>, At> :: Tells what every node is in replication.
SAVE :: 'OK' :: Lets every node save its data; it serves nobody meanwhile.
SHUTDOWN :: 'OK' :: Ends a server. It does not reply when it does, so the call is rejected as its connection closes.
SLAVEOF :: string :: The old name of \`replicaof\`.
SLOWLOG GET :: PerNode<SlowlogEntry<Text>[], At> :: Lists commands that took long, of every node; 10 by default, -1 for all.
SLOWLOG HELP :: string[] :: Lists what SLOWLOG can do.
SLOWLOG LEN :: number :: Counts the entries of the slow log, on all nodes.
SLOWLOG RESET :: 'OK' :: Forgets the slow log of all nodes.
TIME :: [seconds: Text, microseconds: Text] :: Tells the time of one node: Unix seconds, and microseconds within.
TRIMSLOTS :: 'OK' :: Deletes the keys of slots a node no longer serves.

CLUSTER ADDSLOTS :: 'OK' :: Gives slots nobody serves to a node.
CLUSTER ADDSLOTSRANGE :: 'OK' :: Gives ranges of slots nobody serves to a node.
CLUSTER BUMPEPOCH :: string :: Raises a node's configuration epoch.
CLUSTER CANCELSLOTMIGRATIONS :: 'OK' :: Stops moving slots away from a node.
CLUSTER COUNT-FAILURE-REPORTS :: PerNode<number, At> :: Counts how many nodes told each node that one is down.
CLUSTER COUNTKEYSINSLOT :: number :: Counts the keys of a slot, on the node that serves it.
CLUSTER DELSLOTS :: 'OK' :: Lets a node forget who serves slots.
CLUSTER DELSLOTSRANGE :: 'OK' :: Lets a node forget who serves ranges of slots.
CLUSTER FAILOVER :: 'OK' :: Makes a replica the primary of its shard.
CLUSTER FLUSHSLOT :: 'OK' :: Deletes the keys of a slot on a node.
CLUSTER FLUSHSLOTS :: 'OK' :: Lets a node forget its own slots; it must be empty.
CLUSTER FORGET :: 'OK' :: Lets a node forget another.
CLUSTER GETKEYSINSLOT :: Text[] :: Lists some keys of a slot, from the node that serves it.
CLUSTER GETSLOTMIGRATIONS :: PerNode<SlotMigration[], At> :: Lists the slots that move or have moved, of every node.
CLUSTER HELP :: string[] :: Lists what CLUSTER can do.
CLUSTER INFO :: Text :: Tells the cluster's state as one node sees it.
CLUSTER KEYSLOT :: number :: Tells the slot of a key, asking a server.
CLUSTER LINKS :: PerNode<ClusterLink<Text>[], At> :: Lists the links of every node's cluster bus.
CLUSTER MEET :: 'OK' :: Lets a node join another's cluster.
CLUSTER MIGRATESLOTS :: 'OK' :: Moves ranges of slots from a node to others.
CLUSTER MIGRATION :: unknown :: Moves slots to a node, or tells how that goes.
CLUSTER MYID :: PerNode<Text, At> :: Tells the ID of every node.
CLUSTER MYSHARDID :: PerNode<Text, At> :: Tells the ID of every node's shard.
CLUSTER NODES :: Text :: Describes the nodes of the cluster as one of them sees it, one a line.
CLUSTER REPLICAS :: Text[] :: Describes the replicas of a primary, by its ID.
CLUSTER REPLICATE :: 'OK' :: Makes a node the replica of another.
CLUSTER RESET :: 'OK' :: Lets a node leave its cluster and forget it.
CLUSTER SAVECONFIG :: 'OK' :: Lets a node write its cluster file.
CLUSTER SET-CONFIG-EPOCH :: 'OK' :: Sets the configuration epoch of a node that is in no cluster yet.
CLUSTER SETSLOT :: 'OK' :: Sets what a node holds a slot for.
CLUSTER SHARDS :: ClusterShard<Text>[] :: Lists the shards as one node sees them.
CLUSTER SLAVES :: Text[] :: The old name of \`clusterReplicas\`.
CLUSTER SLOT-STATS :: SlotStatistics[] :: Tells what slots were used for, of all primaries.
CLUSTER SLOTS :: ClusterSlotRange<Text>[] :: Lists who serves which slots, as one node sees it.
CLUSTERSCAN :: ScannedKeys<Text> :: Lists some keys of the cluster and where to go on, slot by slot.
`;
