/** A piece of a snippet: code, a remark, or a number that can be changed where it stands. */
export type Piece =
  | string
  | { readonly remark: string }
  | {
      readonly label: string;
      readonly value: string;
      readonly min: number;
      readonly max: number;
      readonly change: (value: string) => void;
    };

/** What the snippet is when it is copied. */
export function codeText(pieces: readonly Piece[]): string {
  return pieces
    .map((piece) => {
      if (typeof piece === 'string') return piece;
      return 'remark' in piece ? `// ${piece.remark}` : piece.value;
    })
    .join('');
}
