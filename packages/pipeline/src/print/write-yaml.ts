import { Document, isCollection, isScalar, visit } from 'yaml';
import type { Ordered } from './order-fields.ts';

/** YAML without anchors and folded lines, lists of plain values on one line. */
export function writeYaml(value: Ordered): string {
  const document = new Document(value, { aliasDuplicateObjects: false, schema: 'core', version: '1.2' });
  visit(document, {
    Seq: (_key, list) => {
      if (list.items.every((entry) => isScalar(entry) && typeof entry.value !== 'string')) list.flow = true;
    },
    Collection: (_key, collection) => {
      if (isCollection(collection) && collection.items.length === 0) collection.flow = true;
    },
    Scalar: (_key, scalar) => {
      if (Object.is(scalar.value, -0)) scalar.source = '-0';
    },
  });
  return document.toString({ lineWidth: 0, flowCollectionPadding: false, indentSeq: true });
}
