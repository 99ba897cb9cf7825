import { useEffect, useRef } from 'react';
import UPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import './charts.css';
import { useColours } from './use-colours.ts';

export interface ChartLine {
  readonly name: string;
  /** A variable of the theme. */
  readonly colour: string;
  /** Lengths of strokes and gaps: lines are told apart without their colours. */
  readonly dash: readonly number[];
  readonly values: readonly (number | null)[];
}

interface LineChartProps {
  readonly title: string;
  /** Whole seconds since 1970. */
  readonly seconds: readonly number[];
  readonly lines: readonly ChartLine[];
  /** The scale goes up to this at least, so that its steps are told apart. */
  readonly least: number;
  /** A value with its unit. */
  readonly text: (value: number) => string;
}

const HEIGHT = 150;

/** A few lines over time, and their latest values in words. */
export function LineChart({ title, seconds, lines, least, text }: LineChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<UPlot>(undefined);
  const latest = useRef({ seconds, lines, least, text });
  const colours = useColours(place, ['--line', '--soft', ...lines.map(({ colour }) => colour)]);
  latest.current = { seconds, lines, least, text };

  useEffect(() => {
    const host = place.current;
    const [grid = '', words = '', ...strokes] = colours;
    if (host === null || grid === '') return;
    const axis = {
      stroke: words,
      grid: { stroke: grid, width: 1 },
      ticks: { show: false },
      font: '11px system-ui',
    };
    const made = new UPlot(
      {
        width: host.clientWidth,
        height: HEIGHT,
        padding: [8, 10, 0, 0],
        legend: { show: false },
        cursor: { show: false },
        scales: { y: { range: (_chart, _low, high) => [0, Math.max(latest.current.least, high * 1.1)] } },
        axes: [
          { ...axis, space: 90, size: 26, values: (_chart, ticks) => ticks.map(clockText) },
          {
            ...axis,
            space: 34,
            size: 54,
            values: (_chart, ticks) => ticks.map((tick) => latest.current.text(tick)),
          },
        ],
        series: [
          {},
          ...latest.current.lines.map(({ name, dash }, at) => ({
            label: name,
            stroke: strokes[at] ?? words,
            width: 1.75,
            dash: [...dash],
            points: { show: false },
            spanGaps: true,
          })),
        ],
      },
      dataOf(latest.current.seconds, latest.current.lines),
      host,
    );
    chart.current = made;
    const resized = new ResizeObserver(() => made.setSize({ width: host.clientWidth, height: HEIGHT }));
    resized.observe(host);
    return () => {
      resized.disconnect();
      made.destroy();
      chart.current = undefined;
    };
  }, [colours]);

  useEffect(() => chart.current?.setData(dataOf(seconds, lines)), [seconds, lines]);

  return (
    <figure className="chart">
      <figcaption>
        <h3>{title}</h3>
        <ul>
          {lines.map(({ name, colour, dash, values }) => (
            <li key={name}>
              <svg viewBox="0 0 20 8" aria-hidden="true">
                <path d="M1 4h18" stroke={`var(${colour})`} strokeDasharray={dash.join(' ')} />
              </svg>
              {name} <b>{latestText(values, text)}</b>
            </li>
          ))}
        </ul>
      </figcaption>
      <div className="chart-place" ref={place} aria-hidden="true" />
    </figure>
  );
}

function dataOf(seconds: readonly number[], lines: readonly ChartLine[]): UPlot.AlignedData {
  return [[...seconds], ...lines.map(({ values }) => [...values])];
}

function latestText(values: readonly (number | null)[], text: (value: number) => string): string {
  const last = values.findLast((value) => value !== null);
  return last == null ? '–' : text(last);
}

function clockText(seconds: number): string {
  return new Date(seconds * 1000).toTimeString().slice(0, 8);
}
