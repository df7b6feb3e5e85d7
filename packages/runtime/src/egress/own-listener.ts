import type { Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import ipaddr from 'ipaddr.js';
import { HOOKS_PREFIX } from '../ingress/read-address.ts';

/** Where this process itself takes requests. */
export interface OwnListener {
  readonly port: number;
}

/** Why a call to the own listener is not made. */
export const OWN_REASON = `it is Sluice's own address, where pipelines may call only what is below ${HOOKS_PREFIX}`;

/** Webhooks are for everybody; the rest steers this installation, which no document may do. */
export function isOpenToPipelines(url: URL): boolean {
  return url.pathname.startsWith(HOOKS_PREFIX);
}

/** Whether a connection has come out at the listener, whatever name led there. */
export function reachesOwn(own: OwnListener, socket: Socket): boolean {
  const { remoteAddress, remotePort } = socket;
  // One that is gone already carries nothing.
  if (remoteAddress === undefined) return false;
  return remotePort === own.port && isOfThisMachine(remoteAddress);
}

function isOfThisMachine(text: string): boolean {
  const address = ipaddr.process(text);
  if (address.range() === 'loopback') return true;
  const same = address.toNormalizedString();
  return Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some((one) => ipaddr.process(one.address).toNormalizedString() === same),
  );
}
