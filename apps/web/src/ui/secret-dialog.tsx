import { Button, Group, Modal, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { secretRequests } from '../lib/api/secret-requests.ts';

interface SecretDialogProps {
  readonly opened: boolean;
  /** Replaces the value of this one; `null` asks for a name too. */
  readonly name: string | null;
  readonly onClose: () => void;
  readonly onSaved: (name: string) => void;
}

const NAME = /^[A-Za-z0-9][\w.-]{0,99}$/;

/** Sets a secret: write-only, so there is never a value to show. */
export function SecretDialog({ opened, name, onClose, onSaved }: SecretDialogProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={name === null ? 'New secret' : `Replace ${name}`}>
      <SecretForm key={name} name={name} onClose={onClose} onSaved={onSaved} />
    </Modal>
  );
}

function SecretForm({ name: given, onClose, onSaved }: Omit<SecretDialogProps, 'opened'>) {
  const [typed, setTyped] = useState('');
  const [value, setValue] = useState('');
  const [tried, setTried] = useState(false);
  const client = useQueryClient();
  const name = given ?? typed.trim();
  const nameProblem = NAME.test(name)
    ? null
    : 'A name starts with a letter or digit and holds letters, digits, ., _ and -.';
  const put = useMutation({
    mutationFn: () => secretRequests.put(name, value),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['secrets'] });
      onSaved(name);
    },
  });

  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        event.stopPropagation();
        setTried(true);
        if (nameProblem === null && value !== '') put.mutate();
      }}
    >
      <Stack gap="sm">
        {given === null && (
          <TextInput
            label="Name"
            description="How nodes refer to it."
            placeholder="orders-signing-key"
            data-autofocus
            value={typed}
            error={tried ? nameProblem : null}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
        )}
        <PasswordInput
          label="Value"
          description="Stored encrypted. It cannot be read back."
          autoComplete="off"
          value={value}
          error={tried && value === '' ? 'A value is needed.' : put.error?.message}
          onChange={(event) => setValue(event.currentTarget.value)}
        />
        <Group justify="flex-end" mt="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={put.isPending}>
            Set secret
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
