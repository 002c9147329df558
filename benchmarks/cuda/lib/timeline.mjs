/** A timeline as SVG text: one lane per name, a bar for each time that it ran. */

const width = 1180;
const left = 150;
const right = 20;
const top = 70;
const laneHeight = 34;
const colors = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];
/** Bars that are narrower than this are drawn this wide, in pixels. */
const leastWidth = 0.6;

/**
 * @param {readonly { name: string, start: number, end: number }[]} spans  seconds from the beginning
 * @param {{ title: string, about: string, seconds: number }} options
 */
export function timeline(spans, { title, about, seconds }) {
  const names = [...new Set(spans.map(({ name }) => name))];
  const height = top + names.length * laneHeight + 50;
  const toX = (time) => left + ((width - left - right) * time) / seconds;
  const lanes = names.map((name, i) => lane(name, i, spans, toX));
  const bottom = top + names.length * laneHeight;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="12" fill="#24292f">
<rect width="${width}" height="${height}" fill="#ffffff"/>
<text x="${left}" y="26" font-size="16" font-weight="600">${escapeText(title)}</text>
<text x="${left}" y="46" fill="#57606a">${escapeText(about)}</text>
${axis(seconds, toX, bottom)}
${lanes.join("\n")}
</svg>
`;
}

function lane(name, i, spans, toX) {
  const own = spans.filter((span) => span.name === name);
  const busy = own.reduce((sum, { start, end }) => sum + end - start, 0);
  const y = top + i * laneHeight;
  const bars = own.map(({ start, end }) => {
    const size = Math.max(leastWidth, toX(end) - toX(start));
    return `<rect x="${toX(start).toFixed(2)}" y="${y + 5}" width="${size.toFixed(2)}" height="${laneHeight - 10}"/>`;
  });
  const label = `${name} (${own.length}x, ${milliseconds(busy)} ms)`;
  return `<text x="${left - 8}" y="${y + laneHeight / 2 + 4}" text-anchor="end" font-size="11">${escapeText(label)}</text>
<g fill="${colors[i % colors.length]}">${bars.join("")}</g>`;
}

/** Five ticks in milliseconds. */
function axis(seconds, toX, bottom) {
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const x = toX(share * seconds).toFixed(1);
    return `<path d="M${x} ${top}V${bottom}" stroke="#d0d7de"/><text x="${x}" y="${bottom + 18}" text-anchor="middle" fill="#57606a">${milliseconds(share * seconds)}</text>`;
  });
  return `${ticks.join("\n")}
<text x="${(left + width - right) / 2}" y="${bottom + 38}" text-anchor="middle" fill="#57606a">milliseconds</text>`;
}

function milliseconds(seconds) {
  return (seconds * 1000).toPrecision(3);
}

function escapeText(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
