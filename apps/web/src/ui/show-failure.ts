import { notifications } from '@mantine/notifications';
import { ApiError } from '../lib/api/api-error.ts';

/** Says that something a person asked for did not happen, and why. Stays until it is closed. */
export function showFailure(title: string, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  const request = error instanceof ApiError ? ` (request ${error.problem.requestId})` : '';
  notifications.show({
    title,
    message: `${message}${request}`,
    color: 'red',
    autoClose: false,
    withCloseButton: true,
    closeButtonProps: { 'aria-label': 'Close' },
  });
}

export function showDone(message: string): void {
  notifications.show({ message, autoClose: 4_000, closeButtonProps: { 'aria-label': 'Close' } });
}

/** Says why something is not possible, where a person just tried it. */
export function showRefusal(message: string): void {
  notifications.show({ message, color: 'yellow', autoClose: 6_000, closeButtonProps: { 'aria-label': 'Close' } });
}
