/** What a series of Prometheus's text is called, labels in the order of the alphabet, and its number. */
export type Series = Map<string, number>

interface Told {
  types: Map<string, string>
  series: Series
}

const comment = /^# (HELP|TYPE) ([a-z_][a-z0-9_]*) (.+)$/
const sample = /^([a-z_][a-z0-9_]*)(?:\{(.*)\})? (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|\+Inf|NaN)$/
const label = /^([a-z_][a-z0-9_]*)="((?:[^"\\]|\\[\\"n])*)"(?:,|$)/

/**
 * Reads Prometheus's text format, version 0.0.4, and refuses what a lenient reader would pass over.
 * @throws Error that names the line or the series at fault
 */
export function readExposition(text: string): Told {
  const types = new Map<string, string>()
  const helped = new Set<string>()
  const series: Series = new Map()
  if (!text.endsWith('\n')) throw new Error('The last line does not end.')
  for (const line of text.slice(0, -1).split('\n')) {
    const [, kind, about = '', said = ''] = comment.exec(line) ?? []
    if (kind === 'HELP') helped.add(about)
    else if (kind === 'TYPE') {
      if (types.has(about) || !helped.has(about)) throw new Error(`Once, and after its help: ${line}`)
      types.set(about, said)
    } else readSample(line, types, series)
  }
  checkHistograms(types, series)
  return { types, series }
}

function readSample(line: string, types: Map<string, string>, series: Series): void {
  const [, name = '', labels = '', number] = sample.exec(line) ?? []
  const latest = [...types].at(-1)
  if (!name || !latest) throw new Error(`Neither a comment nor a sample: ${line}`)
  const [family, type] = latest
  const suffixes = type === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']
  if (!suffixes.some(suffix => name === family + suffix)) throw new Error(`Not of ${family}: ${line}`)
  if (type === 'counter' && !name.endsWith('_total')) throw new Error(`A counter ends with _total: ${line}`)
  const called = `${name}{${readLabels(labels, line).sort().join(',')}}`
  if (series.has(called)) throw new Error(`Twice: ${called}`)
  series.set(called, Number(number?.replace('+Inf', 'Infinity')))
}

function readLabels(text: string, line: string): string[] {
  const names = new Set<string>()
  const labels: string[] = []
  for (let rest = text; rest; ) {
    const [all, name = '', value] = label.exec(rest) ?? []
    if (!all || names.has(name)) throw new Error(`These labels cannot be read: ${line}`)
    names.add(name)
    labels.push(`${name}="${value}"`)
    rest = rest.slice(all.length)
  }
  return labels
}

function checkHistograms(types: Map<string, string>, series: Series): void {
  const below = new Map<string, number>()
  for (const [called, number] of series) {
    const [, family = '', labels = ''] = /^(.+)_bucket\{(.*)\}$/.exec(called) ?? []
    if (types.get(family) !== 'histogram') continue
    const of = `${family}_count{${labels
      .split(/,(?=[a-z_]+=")/)
      .filter(one => !one.startsWith('le='))
      .join(',')}}`
    if (number < (below.get(of) ?? 0)) throw new Error(`Fewer than below it: ${called}`)
    below.set(of, number)
    if (called.includes('le="+Inf"') && series.get(of) !== number) throw new Error(`Not its count: ${called}`)
  }
}
