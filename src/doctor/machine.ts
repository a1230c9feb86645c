import { readFile, stat, statfs } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { fileSize } from '../foundation/file-size.js'
import { type Finding, fail, ok, warn } from './finding.js'

const Note = z.object({ at: z.number() })
const MINUTE = 60_000
const LITTLE = 1_073_741_824
const HARDLY_ANY = 268_435_456

/** Whether there is room for what is written, and for a backup beside it. */
export async function diskSpace(dataDir: string, databaseFile: string): Promise<Finding[]> {
  const { bavail, bsize, ffree, files } = await statfs(dataDir)
  const free = bavail * bsize
  const said = `${fileSize(free)} are free where ${dataDir} lies.`
  const { size } = await stat(databaseFile)
  if (free < HARDLY_ANY) return [fail('disk', `${said} Make room now: soon nothing can be saved.`)]
  if (free < Math.max(LITTLE, 2 * size))
    return [
      warn(
        'disk',
        `${said} Make room, or take a larger disk; a backup needs the size of the databases there for a while.`,
      ),
    ]
  if (files > 0 && ffree / files < 0.02)
    return [
      warn('disk', `${said} But it can hardly take more files (inodes): delete some, or take a larger disk.`),
    ]
  return [ok('disk', said)]
}

/**
 * Whether the clock lies behind what the paper remembers: then articles come out late, links live for too long, and what is new
 * looks old.
 * @param latest instants that were written down, ISO 8601
 */
export async function clock(dataDir: string, now: Date, latest: string[]): Promise<Finding[]> {
  const alive = await readFile(path.join(dataDir, 'last-alive'), 'utf8')
    .then(text => Note.parse(JSON.parse(text)).at)
    .catch(() => 0)
  const known = Math.max(alive, ...latest.map(instant => Date.parse(instant)))
  const said = `The clock says ${now.toISOString()}`
  if (known > now.getTime() + 2 * MINUTE)
    return [
      fail(
        'clock',
        `${said}, but something was noted at ${new Date(known).toISOString()}. Set the clock, and let the machine ask a time server (timedatectl set-ntp true).`,
      ),
    ]
  return [ok('clock', `${said}, later than all that was noted.`)]
}
