import { isDiskSilent } from '@sluice/runtime';
import { readConfig } from './config.ts';
import { createLogger } from './process/create-logger.ts';
import { explainStartFailure, isExplained } from './process/start-errors.ts';
import { type RunningServer, startServer } from './process/start-server.ts';

/** Time for work in hand after SIGTERM; with the rest of the way down it stays below ten seconds, on a disk that answers. */
const STOP_DEADLINE_MS = 8_000;
/**
 * A signal to a whole process group reaches this process directly and again from npm and the start script, which pass on
 * what they got. Within this time it is still the same wish.
 */
const ECHO_MS = 1_000;
/** After a failure there is nothing worth waiting for. */
const FAILED_DEADLINE_MS = 500;
/**
 * On top of either deadline: whoever still has not let go by then (a disk that never answers, a socket that never closes)
 * is not waited for. Nothing is lost by it, the next start only takes a little longer.
 */
const LET_GO_MS = { good: 12_000, failed: 3_000 } as const;
const EXIT = { good: 0, failed: 1, badConfig: 2 } as const;

await main();

async function main(): Promise<void> {
  // A reader that goes away must not take the server with it.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);

  const read = readConfig(process.env, process.cwd());
  if (!read.ok) {
    for (const complaint of read.complaints) process.stderr.write(`${complaint}\n`);
    process.exitCode = EXIT.badConfig;
    return;
  }
  const { config } = read;
  const { logger, flush } = createLogger({ level: config.logLevel, terminal: process.stderr.isTTY });
  for (const warning of config.warnings) logger.warn(warning);

  const end = (code: number): never => {
    flush();
    process.exit(code);
  };
  /** `process.exit` waits for the thread that waits for the disk: for ever, where the disk does not answer. */
  const endForSure = (): void => {
    flush();
    process.kill(process.pid, 'SIGKILL');
  };
  const failLoudly = (what: string) => (error: unknown) => {
    logger.fatal({ err: error }, what);
    end(EXIT.failed);
  };
  process.on('unhandledRejection', failLoudly('A promise was rejected and nobody was looking'));
  process.on('uncaughtException', failLoudly('An error was thrown and nobody caught it'));

  say(`Starting Sluice, data in ${config.dataDir}`);
  const starting = startServer(config, { logger, say });
  stopOnSignals(starting, {
    end,
    failed: failLoudly('Stopping failed'),
    late() {
      logger.fatal('The stop took too long and is cut short; nothing is lost by it');
      endForSure();
    },
  });

  let server: RunningServer;
  try {
    server = await starting;
  } catch (error) {
    if (!isExplained(error)) logger.fatal({ err: error }, 'The start failed');
    flush();
    process.stderr.write(`Sluice cannot start: ${explainStartFailure(error)}\n`);
    end(EXIT.failed);
    return;
  }

  const giveUp = async (error: Error): Promise<void> => {
    logger.fatal({ err: error }, 'Sluice cannot go on and ends; a new start finds out what was stored');
    setTimeout(endForSure, FAILED_DEADLINE_MS + LET_GO_MS.failed);
    await server.stop({ deadlineMs: FAILED_DEADLINE_MS });
    if (isDiskSilent(error)) endForSure();
    else end(EXIT.failed);
  };
  server.onFailure((failure) => void giveUp(failure).catch(failLoudly('Stopping after a failure failed, too')));

  say(`Sluice is running at ${server.url}`);
  const { running, failed } = server.pipelines;
  if (failed > 0) say(`${count(running)} running, ${failed} could not be started: the log and the web app say why`);
  else if (running > 0) say(`${count(running)} running`);
  logger.info({ url: server.url, ...server.pipelines, demoSeeded: server.demoSeeded }, 'started');
}

/** The first signal stops in good order, a later one at once. */
function stopOnSignals(
  starting: Promise<RunningServer>,
  o: { readonly end: (code: number) => never; readonly failed: (error: unknown) => void; readonly late: () => void },
): void {
  let stoppingSince: number | undefined;
  const onSignal = (): void => {
    if (stoppingSince !== undefined) {
      if (performance.now() - stoppingSince > ECHO_MS) o.end(EXIT.failed);
      return;
    }
    stoppingSince = performance.now();
    say('Stopping: what is in hand is finished first (once more to stop at once)');
    setTimeout(o.late, STOP_DEADLINE_MS + LET_GO_MS.good);
    starting.then(
      (server) =>
        server.stop({ deadlineMs: STOP_DEADLINE_MS }).then(() => {
          say('Stopped');
          o.end(EXIT.good);
        }, o.failed),
      // The start has failed by itself and says so.
      () => undefined,
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

function count(pipelines: number): string {
  return pipelines === 1 ? '1 pipeline' : `${pipelines} pipelines`;
}

/** A line for people. Everything else goes to the log. */
function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
