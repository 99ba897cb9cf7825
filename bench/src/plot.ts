/** Draws curves over time, one panel below the other, as a picture that any page shows. */

export interface Curve {
  readonly name: string;
  readonly points: readonly (readonly [seconds: number, value: number])[];
}

export interface Panel {
  readonly title: string;
  readonly curves: readonly Curve[];
  /** Each line is ten times the one below it; values are above 1. */
  readonly logarithmic?: boolean;
}

/** What happened when. */
export interface Mark {
  readonly at: number;
  readonly text: string;
}

const WIDTH = 760;
const HEIGHT = 130;
const [LEFT, RIGHT, TOP, BOTTOM] = [56, 16, 30, 22];
const ROW = HEIGHT + TOP + BOTTOM;
const HEAD = 36;
/** Told apart also by those who do not see all colours, on a light page and on a dark one. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73'];
const GREY = '#808080';

export function draw(title: string, panels: readonly Panel[], marks: readonly Mark[]): string {
  const last = Math.max(
    ...panels.flatMap(({ curves }) => curves.flatMap(({ points }) => points.map(([at]) => at))),
  );
  const step = roundUp(last / 6);
  const seconds = step * Math.ceil(last / step);
  const x = (at: number): number => LEFT + (at / seconds) * (WIDTH - LEFT - RIGHT);
  const height = HEAD + panels.length * ROW + 14;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="11" fill="${GREY}">`,
    `<title>${title}</title>`,
    text(LEFT, 14, title, 'font-size="13"'),
    ...panels.map((panel, row) => drawPanel(panel, x, HEAD + row * ROW)),
    ...marks.map(({ at, text: what }, index) => drawMark(x(at), what, height, index)),
    ...Array.from({ length: seconds / step + 1 }, (_, count) =>
      text(x(count * step), height - 18, `${count * step} s`, 'text-anchor="middle"'),
    ),
    '</svg>\n',
  ].join('\n');
}

function drawPanel(
  { title, curves, logarithmic = false }: Panel,
  x: (at: number) => number,
  top: number,
): string {
  const most = Math.max(...curves.flatMap(({ points }) => points.map(([, value]) => value)));
  const lines = logarithmic ? decades(most) : [0, roundUp(most) / 2, roundUp(most)];
  const end = lines.at(-1) ?? 1;
  const part = (value: number): number =>
    logarithmic ? Math.log10(Math.max(value, 1)) / Math.log10(end) : value / end;
  const y = (value: number): number => top + TOP + HEIGHT - part(value) * HEIGHT;
  const grid = lines.map(
    (value) =>
      `<path d="M${LEFT} ${y(value).toFixed(1)}H${WIDTH - RIGHT}" stroke="${GREY}" stroke-width="0.4"/>${text(LEFT - 6, y(value) + 4, `${value}`, 'text-anchor="end"')}`,
  );
  const drawn = curves.map(({ points }, index) => {
    const path = points.map(([at, value]) => `${x(at).toFixed(1)} ${y(value).toFixed(1)}`).join('L');
    return `<path d="M${path}" fill="none" stroke="${COLOURS[index] ?? GREY}" stroke-width="1.5"/>`;
  });
  const names = curves.map(({ name }, index) =>
    text(LEFT + 200 + index * 110, top + 22, name, `fill="${COLOURS[index] ?? GREY}"`),
  );
  return [text(LEFT, top + 22, title), ...names, ...grid, ...drawn].join('\n');
}

/** Through all panels. One after the other, their words stand to the left and to the right of it. */
function drawMark(x: number, what: string, height: number, index: number): string {
  const [shift, anchor] = index % 2 === 0 ? [-4, 'end'] : [4, 'start'];
  return `<path d="M${x.toFixed(1)} 32V${height - 30}" stroke="${GREY}" stroke-dasharray="3 3"/>${text(x + shift, 34, what, `text-anchor="${anchor}"`)}`;
}

function decades(most: number): readonly number[] {
  return Array.from({ length: Math.max(1, Math.ceil(Math.log10(most))) + 1 }, (_, power) => 10 ** power);
}

/** To a number with one digit, or two that end in 5. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return ([1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((step) => step * power >= value) ?? 10) * power;
}

function text(x: number, y: number, what: string, attributes = ''): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${what}</text>`;
}
