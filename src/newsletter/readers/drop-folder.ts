import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** Where files of readers lie while they are taken in: only the program's own account may read them. */
export function dropFolder(dataDir: string) {
  const folder = path.join(dataDir, 'imports')
  const fileOf = (id: string) => path.join(folder, `${id}.csv`)
  const problemsOf = (id: string) => path.join(folder, `${id}.problems.csv`)

  return {
    fileOf,

    /** Writes a file to disk as it arrives. */
    async keep(id: string, source: Readable): Promise<void> {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await pipeline(source, createWriteStream(fileOf(id), { flags: 'wx', mode: 0o600 }))
    },

    /** Begins the list of lines that cannot be taken. */
    problems(id: string) {
      const stream = createWriteStream(problemsOf(id), { mode: 0o600 })
      let failure: Error | undefined
      stream.on('error', error => {
        failure ??= error
      })
      stream.write('line,problem\r\n')
      return {
        add: (line: number, problem: string) =>
          void stream.write(`${line},"${problem.replaceAll('"', '""')}"\r\n`),
        /** @throws what kept it from being written */
        async end(): Promise<void> {
          await new Promise<void>(resolve => stream.end(() => resolve()))
          if (failure) throw failure
        },
      }
    },

    readProblems: (id: string): Readable => createReadStream(problemsOf(id)),

    async hasProblems(id: string): Promise<boolean> {
      return stat(problemsOf(id)).then(
        () => true,
        () => false,
      )
    },

    async remove(id: string): Promise<void> {
      await rm(fileOf(id), { force: true })
      await rm(problemsOf(id), { force: true })
    },

    async removeFile(id: string): Promise<void> {
      await rm(fileOf(id), { force: true })
    },

    /** Ids of files that have lain here since before an instant. */
    async olderThan(instant: Date): Promise<string[]> {
      const names = await readdir(folder).catch(() => [])
      const old: string[] = []
      for (const name of names) {
        const { mtime } = await stat(path.join(folder, name)).catch(() => ({ mtime: new Date() }))
        if (mtime < instant) old.push(name.replace(/\..*$/, ''))
      }
      return old
    },
  }
}
