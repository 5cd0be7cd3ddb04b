import { titleOf } from './workloads.mjs';

const ROW = 26;
const LEFT = 300;
const WIDTH = 420;
const RIGHT = 190;
const TOP = 58;

/** Readable on a white and on a black page. */
const INK = '#808890';

/**
 * A picture of one ratio of ours to the best other client, a bar a cell: its
 * length is the median, the line across it reaches from the worst round to the
 * best one, and 1 is marked.
 *
 * @param figure `throughput` or `cpu`
 * @param title what the bars show
 * @param color of the bars
 */
export function plotRatios(summary, figure, title, color) {
  const rows = summary
    .filter(({ ratios }) => ratios?.[figure])
    .map((cell) => ({ label: titleOf(cell), ...cell.ratios[figure] }));
  // a few outliers must not flatten the rest
  const longest = Math.max(1.2, ...rows.map(({ median }) => median * 1.1));
  const x = (value) => LEFT + (Math.min(value, longest) / longest) * WIDTH;
  const height = TOP + rows.length * ROW + 14;
  const bars = rows.map(({ label, median, least, most, to }, nth) => {
    const y = TOP + nth * ROW;
    const middle = y + ROW / 2 - 3;
    return `<text x="${LEFT - 8}" y="${middle + 4}" text-anchor="end">${label}</text>
<rect x="${LEFT}" y="${y}" width="${(x(median) - LEFT).toFixed(1)}" height="${ROW - 7}" rx="2" fill="${color}"/>
<line x1="${x(least).toFixed(1)}" x2="${x(most).toFixed(1)}" y1="${middle}" y2="${middle}" stroke="${INK}" stroke-width="2"/>
<text x="${LEFT + WIDTH + 8}" y="${middle + 4}">${median.toFixed(2)} (${to})</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${LEFT + WIDTH + RIGHT} ${height}" font-family="system-ui, sans-serif" font-size="12" fill="${INK}" role="img">
<title>${title}</title>
<text x="8" y="22" font-size="15" font-weight="600">${title}</text>
<text x="8" y="41">Bars: median of the rounds. Lines: from the worst round to the best. Dashed: as the other.</text>
${bars.join('\n')}
<line x1="${x(1).toFixed(1)}" x2="${x(1).toFixed(1)}" y1="${TOP - 6}" y2="${height - 10}" stroke="${INK}" stroke-dasharray="4 3"/>
</svg>
`;
}
