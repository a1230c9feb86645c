import { createHash } from 'node:crypto'

/** The house style of one colour: what the pages' inline block says, and the hash by which the policy lets it through. */
export interface AccentStyle {
  text: string
  hash: string
  light: Shade
  dark: Shade
}

interface Shade {
  /** links, rules and buttons */
  accent: string
  /** text on it */
  onAccent: string
}

type Rgb = [number, number, number]

// WCAG 2.2, success criterion 1.4.3, with a little room for rounding.
const READABLE = 4.6

// As paper/colours.css has them: the accent stands on both kinds of ground, and text stands on the accent.
const schemes = {
  light: { grounds: ['#fffdf9', '#f6f1e8'], towards: [0, 0, 0] as Rgb, onAccent: '#fffdf9' },
  dark: { grounds: ['#161614', '#22211e'], towards: [255, 255, 255] as Rgb, onAccent: '#1a1110' },
}

/**
 * The accent of both colour schemes, made of the one colour that an editor chose: darkened on light paper and
 * lightened on dark until it can be read there.
 * @param colour `#rrggbb`
 */
export function accentStyle(colour: string): AccentStyle {
  const light = shade(colour, 'light')
  const dark = shade(colour, 'dark')
  const text = `:root{${variables(light)}}@media (prefers-color-scheme:dark){:root{${variables(dark)}}}`
  return { text, hash: `sha256-${createHash('sha256').update(text).digest('base64')}`, light, dark }
}

function shade(colour: string, scheme: 'light' | 'dark'): Shade {
  const { grounds, towards, onAccent } = schemes[scheme]
  for (let step = 0; step < 50; step++) {
    const accent = written(mixed(rgb(colour), towards, step / 50))
    if ([...grounds, onAccent].every(other => contrast(accent, other) >= READABLE))
      return { accent, onAccent }
  }
  return { accent: written(towards), onAccent }
}

/** The contrast of two colours, 1 to 21 (WCAG 2.2, relative luminance). */
export function contrast(one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminance(rgb(one)), luminance(rgb(other))].sort((a, b) => a - b)
  return (lighter + 0.05) / (darker + 0.05)
}

function luminance(colour: Rgb): number {
  const [red, green, blue] = colour.map(linear) as Rgb
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function linear(channel: number): number {
  const part = channel / 255
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
}

function mixed(colour: Rgb, towards: Rgb, part: number): Rgb {
  return colour.map((channel, index) => channel + ((towards[index] ?? 0) - channel) * part) as Rgb
}

function rgb(colour: string): Rgb {
  return [1, 3, 5].map(at => Number.parseInt(colour.slice(at, at + 2), 16)) as Rgb
}

function written(colour: Rgb): string {
  return `#${colour.map(channel => Math.round(channel).toString(16).padStart(2, '0')).join('')}`
}

function variables({ accent, onAccent }: Shade): string {
  return `--accent:${accent};--on-accent:${onAccent}`
}
