import type { LookupAddress, LookupOptions } from 'node:dns';
import { lookup as systemLookup } from 'node:dns/promises';
import type { Socket } from 'node:net';
import { callbackify } from 'node:util';
import type { WorkError } from '@sluice/engine';
import { buildConnector } from 'undici';
import { blocked } from './call-failure.ts';
import type { EgressRules } from './egress-policy.ts';
import { OWN_REASON, type OwnListener, reachesOwn } from './own-listener.ts';

type LookupDone = (error: Error | null, addresses?: readonly LookupAddress[] | string, family?: number) => void;

/** Gives all addresses of a name. */
export type Lookup = (hostname: string) => Promise<readonly LookupAddress[]>;

export const lookupAll: Lookup = (hostname) => systemLookup(hostname, { all: true, order: 'verbatim' });

/**
 * Opens connections only to addresses that have passed.
 *
 * The name is looked up once, every address is judged, and the socket gets exactly these addresses: between check and
 * connection nobody can change what the name stands for. The address that the socket ends up with is judged once more,
 * because a literal never goes through a lookup.
 */
export function createCheckedConnector(options: {
  readonly rules: EgressRules;
  readonly lookup: Lookup;
  readonly connectTimeoutMs: number;
  /** A listener that the connections must not come out at. */
  readonly own: OwnListener | undefined;
}): buildConnector.connector {
  const { rules, lookup, connectTimeoutMs, own } = options;

  const resolve = callbackify(async (hostname: string): Promise<readonly LookupAddress[]> => {
    const addresses = await lookup(hostname);
    const refusal = judge(
      hostname,
      addresses.map(({ address }) => address),
    );
    if (refusal !== undefined) throw refusal;
    return addresses;
  });

  const checkedLookup = (hostname: string, { all }: LookupOptions, done: LookupDone): void => {
    resolve(hostname, (error, addresses) => {
      if (error !== null) return done(error);
      if (all === true) return done(null, addresses);
      // Judging refuses an empty list.
      const [first] = addresses as [LookupAddress];
      return done(null, first.address, first.family);
    });
  };

  const judge = (host: string, addresses: readonly string[]): WorkError | undefined => {
    const verdict = rules.judgeResolved(host.replace(/\.$/, ''), addresses);
    return verdict.ok ? undefined : blocked(host, verdict.reason);
  };

  const connect = buildConnector({
    timeout: connectTimeoutMs,
    allowH2: false,
    autoSelectFamily: true,
    // The types of Node know only the plain form of the callback.
    lookup: checkedLookup as never,
  });

  return (target, callback) => {
    connect(target, (...[error, socket]) => {
      if (error !== null) return callback(error, null);
      const isOwn = own !== undefined && reachesOwn(own, socket);
      const refusal = isOwn ? blocked(target.hostname, OWN_REASON) : judge(target.hostname, [remoteAddress(socket)]);
      if (refusal === undefined) return callback(null, socket);
      socket.destroy();
      return callback(refusal, null);
    });
  };
}

/** A socket that is gone already has none; the empty text passes for no address. */
function remoteAddress(socket: Socket): string {
  return socket.remoteAddress ?? '0.0.0.0';
}
