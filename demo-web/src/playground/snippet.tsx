import { createElement } from 'react';
import { codeText, type Piece } from './code.ts';
import { CopyButton } from './copy-button.tsx';
import { NumberField } from './number-field.tsx';

/** The lines that make the call; their numbers are the form. */
export function Snippet({ pieces }: { readonly pieces: readonly Piece[] }) {
  return (
    <div className="snippet">
      <pre>{createElement('code', null, ...pieces.map(draw))}</pre>
      <CopyButton text={codeText(pieces)} />
    </div>
  );
}

function draw(piece: Piece) {
  if (typeof piece === 'string') return piece;
  if ('remark' in piece) return <span className="remark">{`// ${piece.remark}`}</span>;
  return <NumberField {...piece} />;
}
