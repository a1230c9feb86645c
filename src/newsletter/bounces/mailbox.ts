import { createReadStream } from 'node:fs'
import { opendir, stat } from 'node:fs/promises'
import path from 'node:path'
import { MOST_READ } from './opened.js'

const NEWLINE = 10
const CARRIAGE_RETURN = 13
const FROM = Buffer.from('From ')
const MOST_MESSAGES_DEEP = 8
// A line is cut there: nothing that tells something is longer.
const LONGEST_LINE = 65_536

/**
 * The messages of a file, of a mailbox, of a folder or a Maildir, one after the other. Memory stays the same, however large they are:
 * of each message the first megabyte is given.
 * @param place a path, or `-` for standard input
 */
export async function* messagesIn(
  place: string,
  standardInput: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  if (place === '-') return yield* messagesOf(standardInput)
  const found = await stat(place)
  if (found.isDirectory()) yield* messagesOfFolder(place, 0)
  else yield* messagesOf(createReadStream(place))
}

// A Maildir keeps messages in `cur` and `new`; what lies in `tmp` is not finished.
async function* messagesOfFolder(folder: string, depth: number): AsyncGenerator<Buffer> {
  for await (const entry of await opendir(folder)) {
    const file = path.join(folder, entry.name)
    if (entry.isFile() && !entry.name.startsWith('.')) yield* messagesOf(createReadStream(file))
    else if (entry.isDirectory() && entry.name !== 'tmp' && depth < MOST_MESSAGES_DEEP)
      yield* messagesOfFolder(file, depth + 1)
  }
}

/** A mailbox (mbox, in the dialects mboxo and mboxrd) when it begins like one, else one message. */
async function* messagesOf(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let isMailbox: boolean | undefined
  let afterEmptyLine = true
  let message = new Message()
  for await (const line of linesOf(bytes)) {
    const begins = afterEmptyLine && startsWith(line, FROM)
    isMailbox ??= begins
    if (isMailbox && begins) {
      if (message.started) yield message.content()
      message = new Message()
      message.started = true
    } else message.add(isMailbox ? unquoted(line) : line)
    afterEmptyLine = isEmpty(line)
  }
  if (message.started) yield message.content()
}

class Message {
  started = false
  #lines: Buffer[] = []
  #size = 0

  add(line: Buffer): void {
    this.started = true
    if (this.#size >= MOST_READ) return
    this.#size += line.length
    this.#lines.push(line)
  }

  content(): Buffer {
    return Buffer.concat(this.#lines).subarray(0, MOST_READ)
  }
}

// With their ends. What one line has too much is thrown away.
async function* linesOf(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer[] = []
  let size = 0
  for await (const chunk of bytes) {
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      held.push(chunk.subarray(start, end + 1))
      yield held.length === 1 ? (held[0] as Buffer) : Buffer.concat(held)
      held = []
      size = 0
      start = end + 1
    }
    if (start < chunk.length && size < LONGEST_LINE) {
      // A copy, so that a short rest does not keep the whole chunk in memory.
      const rest = Buffer.from(chunk.subarray(start, start + LONGEST_LINE))
      held.push(rest)
      size += rest.length
    }
  }
  if (held.length) yield Buffer.concat(held)
}

// mboxrd: a line of the message that looks like a beginning has one more > before it.
function unquoted(line: Buffer): Buffer {
  let marks = 0
  while (line[marks] === 62) marks += 1
  return marks > 0 && startsWith(line.subarray(marks), FROM) ? line.subarray(1) : line
}

function startsWith(line: Buffer, text: Buffer): boolean {
  return line.length >= text.length && line.compare(text, 0, text.length, 0, text.length) === 0
}

function isEmpty(line: Buffer): boolean {
  return line[0] === NEWLINE || (line[0] === CARRIAGE_RETURN && line[1] === NEWLINE)
}
