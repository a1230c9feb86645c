import type { Family } from '../foundation/metrics.js'

export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** Writes what was measured as Prometheus reads it: https://prometheus.io/docs/instrumenting/exposition_formats/ */
export function exposition(families: readonly Family[]): string {
  return families
    .map(family => {
      const { name, help, kind } = family
      const lines = kind === 'histogram' ? histogramLines(family) : plainLines(family)
      return [`# HELP ${name} ${escaped(help)}`, `# TYPE ${name} ${kind}`, ...lines, ''].join('\n')
    })
    .join('')
}

function plainLines({ name, labels, series }: Family): string[] {
  return series.map(([values, [number = 0]]) => `${name}${labelled(labels, values)} ${number}`)
}

function histogramLines({ name, labels, bounds = [], series }: Family): string[] {
  return series.flatMap(([values, numbers]) => {
    let below = 0
    const ranges = [...bounds, '+Inf'].map((bound, index) => {
      below += numbers[index] ?? 0
      return `${name}_bucket${labelled([...labels, 'le'], [...values, String(bound)])} ${below}`
    })
    const at = labelled(labels, values)
    return [...ranges, `${name}_sum${at} ${numbers[bounds.length + 1] ?? 0}`, `${name}_count${at} ${below}`]
  })
}

function labelled(labels: readonly string[], values: readonly string[]): string {
  if (labels.length === 0) return ''
  const pairs = labels.map(
    (label, index) => `${label}="${escaped(values[index] ?? '').replaceAll('"', '\\"')}"`,
  )
  return `{${pairs.join(',')}}`
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}
