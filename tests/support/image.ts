import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { temporaryFolder, whenDone } from './press.js'

const sh = (command: string, ...values: string[]) => execFileSync(command, values, { stdio: 'pipe' })

/** Whether file systems can be mounted here, which takes root and a kernel that lends loop devices. */
export const canMount: boolean = (() => {
  try {
    sh('losetup', '--find')
    return process.getuid?.() === 0
  } catch {
    return false
  }
})()

export interface Image {
  /** where it is mounted */
  folder: string
  /**
   * What the disk would hold if the power failed now, mounted for as long as the work takes: the image holds what the file
   * system handed to its device, and nothing of what it only had in memory.
   */
  afterPowerCut<T>(look: (folder: string) => T): Promise<T>
}

/** An ext4 file system in a file, mounted until the test ends. Its journal is committed by nothing but syncs. */
export async function mountImage(megabytes: number): Promise<Image> {
  const place = await temporaryFolder()
  const image = path.join(place, 'image')
  const folder = path.join(place, 'mounted')
  writeFileSync(image, '')
  truncateSync(image, megabytes * 1_048_576)
  sh('mkfs.ext4', '-q', '-F', image)
  mkdirSync(folder)
  sh('mount', '-o', 'loop,commit=600', image, folder)
  whenDone(async () => void sh('umount', '--lazy', folder))
  let copies = 0
  return {
    folder,
    async afterPowerCut(look) {
      const copy = path.join(place, `copy-${copies++}`)
      const mounted = `${copy}-mounted`
      copyFileSync(image, copy)
      mkdirSync(mounted)
      sh('mount', '-o', 'loop', copy, mounted)
      try {
        return look(mounted)
      } finally {
        sh('umount', mounted)
        rmSync(copy)
      }
    },
  }
}

/** A file system in memory that holds so much, mounted until the test ends. */
export async function mountTmpfs(megabytes: number): Promise<string> {
  const folder = await temporaryFolder()
  sh('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder)
  whenDone(async () => void sh('umount', '--lazy', folder))
  return folder
}
