import { Alert, Button, FileButton, Group, List, Modal, Stack, Textarea } from '@mantine/core';
import { parseDocumentText, type Finding } from '@sluice/pipeline';
import { IconFile } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { pipelineRequests } from '../../lib/api/pipeline-requests.ts';

interface ImportDocumentDialogProps {
  readonly opened: boolean;
  readonly onClose: () => void;
}

/** Takes a pipeline document as text or file, JSON or YAML, and opens it as a new pipeline. */
export function ImportDocumentDialog({ opened, onClose }: ImportDocumentDialogProps) {
  return (
    <Modal opened={opened} onClose={onClose} title="Import document" size="lg">
      <ImportDocumentForm onClose={onClose} />
    </Modal>
  );
}

function ImportDocumentForm({ onClose }: { readonly onClose: () => void }) {
  const [text, setText] = useState('');
  const [findings, setFindings] = useState<readonly Finding[]>([]);
  const client = useQueryClient();
  const navigate = useNavigate();
  const create = useMutation({
    mutationFn: pipelineRequests.create,
    onSuccess: async (pipeline) => {
      onClose();
      void client.invalidateQueries({ queryKey: ['pipelines'] }); // the list refreshes behind the new page
      await navigate(`/pipelines/${pipeline.name}`);
    },
  });

  const handleImport = (): void => {
    const parsed = parseDocumentText(text);
    setFindings(parsed.ok ? [] : parsed.findings);
    if (parsed.ok) create.mutate(parsed.document);
  };

  return (
    <Stack gap="sm">
      <Textarea
        label="Document"
        description="JSON or YAML in the format sluice/v1: pasted here, or read from a file."
        placeholder={'{ "format": "sluice/v1", "name": "orders", "nodes": [], "wires": [] }'}
        autosize
        minRows={10}
        maxRows={20}
        spellCheck={false}
        data-autofocus
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 12 } }}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      {(findings.length > 0 || create.error !== null) && (
        <Alert color="red" title="This document cannot be imported" role="alert">
          {create.error !== null && findings.length === 0 ? create.error.message : null}
          <List size="sm" spacing={4}>
            {findings.slice(0, 8).map((finding) => (
              <List.Item key={`${finding.path} ${finding.code} ${finding.message}`}>
                {finding.at === undefined ? '' : `Line ${finding.at.line}: `}
                {finding.message}
              </List.Item>
            ))}
          </List>
          {findings.length > 8 && `and ${findings.length - 8} more`}
        </Alert>
      )}
      <Group justify="space-between">
        <FileButton
          accept=".json,.yaml,.yml,application/json,application/yaml"
          onChange={(file) => file !== null && void file.text().then(setText)}
        >
          {(props) => (
            <Button {...props} variant="default" leftSection={<IconFile size={14} />}>
              Choose file
            </Button>
          )}
        </FileButton>
        <Group gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button disabled={text.trim() === ''} loading={create.isPending} onClick={handleImport}>
            Import
          </Button>
        </Group>
      </Group>
    </Stack>
  );
}
