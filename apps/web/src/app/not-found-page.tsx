import { Button, EmptyState } from '@mantine/core';
import { IconMapOff } from '@tabler/icons-react';
import { Link } from 'react-router';

export function NotFoundPage() {
  return (
    <main>
      <title>Not found · Sluice</title>
      <EmptyState
        py={120}
        icon={<IconMapOff />}
        title="There is no such page"
        description="The address may be mistyped, or what was here has been deleted."
      >
        <EmptyState.Actions>
          <Button component={Link} to="/">
            Go to pipelines
          </Button>
        </EmptyState.Actions>
      </EmptyState>
    </main>
  );
}
