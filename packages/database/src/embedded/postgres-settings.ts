/**
 * Given on the command line and not written into the folder, so that an older folder gets them too, and so that a
 * running server can be compared with what it ought to be.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  // No socket: its path would have to be short, on a disk that knows sockets, and closed to others.
  unix_socket_directories: '',
  // Accepted means durable. These are PostgreSQL's defaults, and not for a configuration file to change.
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  // One program on the same machine with a few megabytes of definitions.
  max_connections: '40',
  shared_buffers: '64MB',
  max_wal_size: '256MB',
  io_method: 'sync',
  jit: 'off',
  max_parallel_workers_per_gather: '0',
  // Nobody replicates from it.
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_logical_replication_workers: '0',
  // Its outcome is reported to the one client it has; statements may hold what does not belong in a log.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_checkpoints: 'off',
  log_line_prefix: '',
};

export function postgresArguments(cluster: string, port: number): readonly string[] {
  return [
    '-D',
    cluster,
    '-p',
    String(port),
    ...Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
}
