import type { DeadLetter, RedriveForecast, RedriveJob } from '@sluice/engine';
import type { DeadLetterView, RedriveForecastView, RedriveJobView } from '@sluice/protocol';

export function presentDeadLetter(letter: DeadLetter): DeadLetterView {
  const { message } = letter;
  return {
    id: letter.id,
    nodeId: letter.nodeId,
    wireId: letter.wireId ?? null,
    entry: letter.entry ?? null,
    version: letter.version,
    reason: letter.reason,
    error: { ...letter.error },
    cause: letter.cause,
    attempts: letter.attempts,
    history: letter.history.map((attempt) => ({ ...attempt })),
    messageId: message.id,
    key: message.key,
    payload: message.payload as DeadLetterView['payload'], // JSON either way; only the marks of read-only differ
    headers: { ...message.headers },
    correlationId: message.correlationId,
    eventTime: message.eventTime,
    deadAt: letter.deadAt,
    editedAt: letter.editedAt ?? null,
  };
}

export function presentRedrive(job: RedriveJob): RedriveJobView {
  const { request: _request, pipelineId: _pipelineId, ...figures } = job;
  return { ...figures, detail: job.detail ?? null, endedAt: job.endedAt ?? null };
}

export function presentForecast(forecast: RedriveForecast): RedriveForecastView {
  return {
    messages: forecast.messages,
    groups: forecast.groups.map((group) => ({ ...group })),
    refused: forecast.refused.map(({ wireId, messages }) => ({ wireId: wireId ?? null, messages })),
    hasMore: forecast.hasMore,
  };
}
