import type { Problem } from '../ports/node-behaviour.ts';

/** Why a pipeline takes nothing from outside, whatever the request. */

export function notAccepting(pipelineName: string): Problem {
  return {
    status: 503,
    code: 'not-accepting',
    title: 'The pipeline is not accepting messages',
    detail: `Nothing was stored: pipeline ${pipelineName} is paused or stopping. Send the request again later.`,
    retryAfterSeconds: LATER_S,
  };
}

export function draining(pipelineName: string): Problem {
  return {
    status: 503,
    code: 'draining',
    title: 'The pipeline is draining',
    detail: `Nothing was stored: pipeline ${pipelineName} works off what it has and takes nothing new. Send the request again later.`,
    retryAfterSeconds: LATER_S,
  };
}

export function changingVersion(pipelineName: string): Problem {
  return {
    status: 503,
    code: 'changing-version',
    title: 'Another version is taking over',
    detail: `Nothing was stored: pipeline ${pipelineName} is moving messages to their new wire, which keep their place before this one. Send the request again.`,
    retryAfterSeconds: 1,
  };
}

/** Nobody knows when somebody will let it go on. */
const LATER_S = 30;
