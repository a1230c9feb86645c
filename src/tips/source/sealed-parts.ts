import { Conflict, Invalid } from '../../foundation/errors.js'
import { type AgeHeader, arrivingAgeHeader, x25519Recipients } from '../sealing/age-header.js'
import { sizeClass } from '../sealing/padding.js'
import { MOST_FILES } from './measures.js'

const said = {
  notAge:
    'What arrived was not sealed in the form that this page makes. Nothing was kept. Load the page again and send once more.',
  keysChanged:
    'The newsroom’s keys have changed since you opened this page. Nothing was kept. Load the page again and send once more.',
  names:
    'The sealed parts arrived out of order or twice. Nothing was kept. Load the page again and send once more.',
}

const NONCE = 16
const TAG = 16
const CHUNK = 65_536

/**
 * The number of a part by its name: 0 for `message.age`, then `file-1.age` and so on.
 * @throws Invalid for any other name
 */
export function sealedNumber(name: string): number {
  const [, file] = /^(?:message|file-([1-9]\d?))\.age$/.exec(name) ?? [undefined, 'none']
  const number = Number(file ?? 0)
  if (Number.isNaN(number) || number > MOST_FILES) throw new Invalid(said.names)
  return number
}

/** Whether the numbers of files run from 1 without a gap. @throws Invalid */
export function checkNumbers(numbers: number[]): void {
  const files = numbers.filter(Boolean)
  if (files.some((number, index) => number !== index + 1)) throw new Invalid(said.names)
}

/** @throws Invalid, since a part with this number came before */
export function refuseTwice(): never {
  throw new Invalid(said.names)
}

/**
 * Lets through what is an age file (C2SP, age-encryption.org/v1) that as many X25519 recipients can open as tips are
 * sealed to now, and whose content is padded. To whom exactly it is sealed, age files do not tell.
 * @throws Invalid where it is none; Conflict where it is for too few
 */
export async function* checkedAge(
  content: AsyncIterable<Buffer>,
  recipients: string[],
): AsyncGenerator<Buffer> {
  let head: Buffer | undefined = Buffer.alloc(0)
  let payload = 0
  for await (const chunk of content) {
    if (!head) {
      payload += chunk.length
      yield chunk
      continue
    }
    head = Buffer.concat([head, chunk])
    const header = arrivingAgeHeader(head)
    if (header === 'unfinished') continue
    checkHeader(header, recipients)
    payload = head.length - header.length
    yield head
    head = undefined
  }
  if (head || !isPadded(payload)) throw new Invalid(said.notAge)
}

function checkHeader(header: AgeHeader | undefined, recipients: string[]): asserts header is AgeHeader {
  if (!header) throw new Invalid(said.notAge)
  const needed = recipients.filter(recipient => recipient.length === 62).length
  if (x25519Recipients(header) < needed) throw new Conflict(said.keysChanged)
}

// The nonce, then chunks of 64 KiB with a tag each. What is shorter than its size class would show a length.
function isPadded(payload: number): boolean {
  const sealed = payload - NONCE
  const plain = sealed - Math.ceil(sealed / (CHUNK + TAG)) * TAG
  return plain > 0 && sizeClass(plain) === plain
}
