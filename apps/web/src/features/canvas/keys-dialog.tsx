import { Kbd, Modal, Table } from '@mantine/core';
import { KEYS } from './keys.ts';

export function KeysDialog({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  return (
    <Modal opened={opened} onClose={onClose} title="Keys" size="lg">
      {KEYS.map((group) => (
        <section key={group.title}>
          <h3 style={{ margin: '12px 0 4px', fontSize: 13 }}>{group.title}</h3>
          <Table verticalSpacing={4} withRowBorders={false}>
            <Table.Tbody>
              {group.keys.map(({ keys, does }) => (
                <Table.Tr key={does}>
                  <Table.Td style={{ width: 240 }}>
                    {keys.map((key, index) => (
                      <span key={key}>
                        {index > 0 && ' or '}
                        <Kbd>{key}</Kbd>
                      </span>
                    ))}
                  </Table.Td>
                  <Table.Td>{does}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </section>
      ))}
    </Modal>
  );
}
