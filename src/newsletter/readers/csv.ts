import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import type { CsvError } from 'csv-parse'
import { z } from 'zod'
import { Invalid } from '../../foundation/errors.js'

/** No line of readers is longer; a quote that nobody closed would swallow the rest of the file. In bytes. */
const LONGEST_LINE = 100_000
const START = 65_536
const SAMPLES = 5

/** How a file of readers is written, and how it begins. */
export const CsvFormat = z.object({
  encoding: z.enum(['utf-8', 'windows-1252']),
  delimiter: z.enum([',', ';', '\t']),
  header: z.array(z.string()),
  samples: z.array(z.array(z.string())),
})
export type CsvFormat = z.infer<typeof CsvFormat>

export interface CsvRecord {
  /** number of the line that it ends on, from 1 */
  line: number
  cells: string[]
}

/**
 * Reads a file once through to find out how it is written.
 * @throws Invalid when it is no text in lines and columns
 */
export async function inspectCsv(file: string): Promise<CsvFormat> {
  const { encoding, start } = await textOf(file)
  const written = { encoding, delimiter: delimiterOf(start) }
  const rows: string[][] = []
  for await (const { cells } of csvRecords(file, written)) {
    rows.push(cells.map(cell => cell.slice(0, 200)))
    if (rows.length > SAMPLES) break
  }
  const [header, ...samples] = rows
  if (!header) throw new Invalid('This file is empty. Choose one with a line for each address.')
  return { ...written, header, samples }
}

/**
 * The lines of a file one after the other, the column names first; empty ones are left out. Memory stays the same, however
 * long the file is.
 * @throws Invalid when a quotation mark is never closed or a line is too long
 */
export async function* csvRecords(
  file: string,
  { encoding, delimiter }: Pick<CsvFormat, 'encoding' | 'delimiter'>,
): AsyncGenerator<CsvRecord> {
  const { CsvError, parse } = await import('csv-parse')
  const bytes = createReadStream(file)
  const parser = parse({
    ...{ bom: true, delimiter, skip_empty_lines: true, relax_column_count: true, relax_quotes: true },
    max_record_size: LONGEST_LINE,
    // Its types know no record but a list of cells.
    on_record: (cells: string[], { lines }) => ({ line: lines, cells }) as unknown as string[],
  })
  const text = encoding === 'utf-8' ? bytes : Readable.from(decoded(bytes, encoding))
  text.on('error', (error: Error) => parser.destroy(error))
  text.pipe(parser)
  try {
    for await (const record of parser) yield record as unknown as CsvRecord
  } catch (error) {
    throw error instanceof CsvError ? new Invalid(broken(error, parser.info.lines)) : error
  } finally {
    bytes.destroy()
  }
}

function broken({ code }: CsvError, line: number): string {
  switch (code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return 'A quotation mark in this file is never closed, so that its lines cannot be told apart. Mend it, then send the file again.'
    case 'CSV_MAX_RECORD_SIZE':
      return `Near line ${line} a line is longer than 100,000 characters, or a quotation mark is never closed. Mend it, then send the file again.`
    default:
      return `Near line ${line} this file cannot be read as CSV. Mend it, then send the file again.`
  }
}

async function* decoded(bytes: AsyncIterable<Buffer>, encoding: string): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding)
  for await (const chunk of bytes) yield decoder.decode(chunk, { stream: true })
  yield decoder.decode()
}

async function textOf(file: string): Promise<{ encoding: CsvFormat['encoding']; start: string }> {
  const utf8 = new TextDecoder('utf-8', { fatal: true })
  let encoding: CsvFormat['encoding'] = 'utf-8'
  let start = Buffer.alloc(0)
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    if (start.length === 0 && /^(\xff\xfe|\xfe\xff)/.test(chunk.subarray(0, 2).toString('latin1')))
      throw new Invalid('This file is written in UTF-16. Save it as “CSV UTF-8”, then send it again.')
    if (chunk.includes(0))
      throw new Invalid(
        'This file is no text: it holds NUL bytes. Save it as CSV or as plain text, then send that.',
      )
    if (start.length < START) start = Buffer.concat([start, chunk]).subarray(0, START)
    if (encoding === 'utf-8' && !isDecoded(() => utf8.decode(chunk, { stream: true })))
      encoding = 'windows-1252'
  }
  if (encoding === 'utf-8' && !isDecoded(() => utf8.decode())) encoding = 'windows-1252'
  return { encoding, start: new TextDecoder(encoding).decode(start) }
}

function isDecoded(decode: () => string): boolean {
  try {
    decode()
    return true
  } catch {
    return false
  }
}

// By the line of column names, outside of quotation marks.
function delimiterOf(start: string): CsvFormat['delimiter'] {
  const names = start.replace(/"(?:[^"]|"")*"/g, '').split(/\r\n?|\n/, 1)[0] ?? ''
  const count = (delimiter: string) => names.split(delimiter).length
  return ([',', ';', '\t'] as const).reduce((best, other) => (count(other) > count(best) ? other : best))
}
