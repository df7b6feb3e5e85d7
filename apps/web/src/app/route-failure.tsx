import { useRouteError } from 'react-router';
import { FailurePanel } from '../ui/failure-panel.tsx';

/** The page itself failed. What was saved is safe; a reload starts it anew. */
export function RouteFailure() {
  const error = useRouteError();
  return (
    <main>
      <FailurePanel
        title="This page stopped working"
        error={error instanceof Error ? error : new Error(String(error))}
        onRetry={() => window.location.reload()}
      />
    </main>
  );
}
