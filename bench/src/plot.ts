/** Draws curves over time, one panel below the other, as a picture that any page shows. */

export interface Curve {
  readonly name: string;
  readonly points: readonly (readonly [seconds: number, value: number])[];
}

export interface Panel {
  readonly title: string;
  readonly curves: readonly Curve[];
}

/** What happened when. */
export interface Mark {
  readonly at: number;
  readonly text: string;
}

const WIDTH = 760;
const HEIGHT = 150;
const [LEFT, RIGHT, TOP, BOTTOM] = [56, 16, 30, 22];
/** Told apart also by those who do not see all colours, on a light page and on a dark one. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73'];
const GREY = '#808080';

export function draw(title: string, panels: readonly Panel[], marks: readonly Mark[]): string {
  const seconds = Math.max(
    1,
    ...panels.flatMap(({ curves }) => curves.flatMap(({ points }) => points.map(([at]) => at))),
  );
  const x = (at: number): number => LEFT + (at / seconds) * (WIDTH - LEFT - RIGHT);
  const drawn = panels.map((panel, row) => drawPanel(panel, marks, x, 20 + row * (HEIGHT + TOP + BOTTOM)));
  const height = 20 + panels.length * (HEIGHT + TOP + BOTTOM) + 14;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="11" fill="${GREY}">`,
    `<title>${title}</title>`,
    text(LEFT, 14, title, 'font-size="13"'),
    ...drawn,
    text(WIDTH - RIGHT, height - 4, 'seconds', 'text-anchor="end"'),
    '</svg>\n',
  ].join('\n');
}

function drawPanel(
  { title, curves }: Panel,
  marks: readonly Mark[],
  x: (at: number) => number,
  top: number,
): string {
  const most = roundUp(Math.max(...curves.flatMap(({ points }) => points.map(([, value]) => value))));
  const [first, last] = [top + TOP, top + TOP + HEIGHT];
  const y = (value: number): number => last - (value / most) * HEIGHT;
  const grid = [0, most / 2, most].map(
    (value) =>
      `<path d="M${LEFT} ${y(value)}H${WIDTH - RIGHT}" stroke="${GREY}" stroke-width="0.4"/>${text(LEFT - 6, y(value) + 4, `${value}`, 'text-anchor="end"')}`,
  );
  const moments = marks.map(
    ({ at, text: what }) =>
      `<path d="M${x(at).toFixed(1)} ${first}V${last}" stroke="${GREY}" stroke-dasharray="3 3"/>${text(x(at) + 4, last + 14, what)}`,
  );
  const lines = curves.map(({ points }, index) => {
    const path = points.map(([at, value]) => `${x(at).toFixed(1)} ${y(value).toFixed(1)}`).join('L');
    return `<path d="M${path}" fill="none" stroke="${COLOURS[index] ?? GREY}" stroke-width="1.5"/>`;
  });
  const names = curves.map(({ name }, index) =>
    text(LEFT + 200 + index * 110, top + 22, name, `fill="${COLOURS[index] ?? GREY}"`),
  );
  return [text(LEFT, top + 22, title), ...names, ...grid, ...moments, ...lines].join('\n');
}

/** To a number with one digit, or two that end in 5. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return ([1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((step) => step * power >= value) ?? 10) * power;
}

function text(x: number, y: number, what: string, attributes = ''): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${what}</text>`;
}
