/** The serializer 'devalue' in a page: its code comes with the first value that is written with it, or came so. */
import { PayloadError } from '@celeriac/protocol';
import { CodeComes } from './code-comes.ts';
import { type Coder, DEVALUE_TYPE } from './serializer.ts';

let coder: Coder | undefined;
let coming: Promise<void> | undefined;

export async function devalueComes(): Promise<void> {
  coming ??= import('../rest.ts').then(({ devalueCoder: come }) => {
    coder = come;
  });
  try {
    await coming;
  } catch (error) {
    // The next one that needs it asks for it again.
    coming = undefined;
    throw error;
  }
}

/** What must come before this text of the gateway's can be read. */
export function comesFirst(text: string): Promise<void> | undefined {
  return coder === undefined && text.includes(DEVALUE_TYPE) ? devalueComes().catch(() => {}) : undefined;
}

export const devalueCoder: Coder = {
  name: 'devalue',
  contentType: DEVALUE_TYPE,
  encode(value, what) {
    if (coder === undefined) throw new CodeComes(devalueComes());
    return coder.encode(value, what);
  },
  decode(body, what) {
    if (coder !== undefined) return coder.decode(body, what);
    throw new PayloadError(
      `${what} cannot be read by 'devalue', whose code could not be loaded in this page`,
    );
  },
};
