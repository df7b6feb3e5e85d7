import { Button, EmptyState } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { ApiError } from '../lib/api/api-error.ts';

interface FailurePanelProps {
  /** What could not be done: `Pipelines could not be read`. */
  readonly title: string;
  readonly error: Error;
  readonly onRetry?: () => void;
}

/** What happened, what to do, and the request id to look for in the server's log. */
export function FailurePanel({ title, error, onRetry }: FailurePanelProps) {
  const requestId = error instanceof ApiError ? error.problem.requestId : null;
  return (
    <EmptyState
      role="alert"
      py="xl"
      icon={<IconAlertTriangle color="var(--state-failing)" />}
      title={title}
      description={
        <>
          {error.message}
          {requestId !== null && (
            <>
              <br />
              Request {requestId}
            </>
          )}
        </>
      }
    >
      {onRetry !== undefined && (
        <EmptyState.Actions>
          <Button variant="default" onClick={onRetry}>
            Try again
          </Button>
        </EmptyState.Actions>
      )}
    </EmptyState>
  );
}
