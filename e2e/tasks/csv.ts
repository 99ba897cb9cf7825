import type { Serializer } from '@celeriac/client';

/** One table, or a list of arguments that is one table. For tests: commas in fields are not thought of. */
export const csv: Serializer = {
  name: 'csv',
  contentType: 'text/csv',
  encode: (value) =>
    rowsOf(value)
      .map((row) => row.join(','))
      .join('\n'),
  decode: (body) => {
    const [kind, ...lines] = body.split('\n');
    const rows = lines.map((line) => line.split(','));
    return kind === 'arguments' ? [rows] : rows;
  },
};

/** The first line says whether the table is the one argument of a call. */
function rowsOf(value: unknown): readonly (readonly string[])[] {
  const list = value as readonly unknown[];
  const [first] = list;
  const isCall = list.length === 1 && Array.isArray(first) && Array.isArray(first[0]);
  return isCall ? [['arguments'], ...first] : [['table'], ...(list as readonly (readonly string[])[])];
}
