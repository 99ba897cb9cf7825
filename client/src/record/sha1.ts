/** SHA-1 at once, as the platform's is not: for ids that are made of names, never for secrets. */

const START = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];

/** @returns 20 bytes */
export function sha1(message: readonly number[]): Uint8Array {
  const blocks = Math.ceil((message.length + 9) / 64);
  const view = new DataView(new ArrayBuffer(blocks * 64));
  message.forEach((byte, at) => {
    view.setUint8(at, byte);
  });
  view.setUint8(message.length, 0x80);
  view.setUint32(blocks * 64 - 4, message.length * 8);
  let hash = START;
  const words = new Int32Array(80);
  for (let block = 0; block < blocks; block++) {
    let [a = 0, b = 0, c = 0, d = 0, e = 0] = hash;
    for (let step = 0; step < 80; step++) {
      const word = (back: number): number => words[step - back] ?? 0;
      words[step] =
        step < 16 ? view.getInt32(block * 64 + step * 4) : rotate(word(3) ^ word(8) ^ word(14) ^ word(16), 1);
      const next = rotate(a, 5) + e + word(0) + mixed(Math.floor(step / 20), b, c, d);
      [e, d, c, b, a] = [d, c, rotate(b, 30), a, next | 0];
    }
    hash = [a, b, c, d, e].map((word, at) => (word + (hash[at] ?? 0)) | 0);
  }
  const digest = new DataView(new ArrayBuffer(20));
  hash.forEach((word, at) => {
    digest.setInt32(at * 4, word);
  });
  return new Uint8Array(digest.buffer);
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}

function mixed(round: number, b: number, c: number, d: number): number {
  if (round === 0) return ((b & c) | (~b & d)) + 0x5a827999;
  if (round === 2) return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
  return (b ^ c ^ d) + (round === 1 ? 0x6ed9eba1 : 0xca62c1d6);
}
