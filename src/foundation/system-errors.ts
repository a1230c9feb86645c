/** What the system has against a file, as a sentence for whoever typed the command; anything else as the system says it. */
export function inPlainWords(error: NodeJS.ErrnoException): string {
  const { code = '', path } = error
  const sentence = path === undefined ? undefined : said[code]?.(path)
  return sentence ?? error.message
}

const forbidden = (path: string) => `This user may not read or write ${path}.`

const said: Record<string, (path: string) => string> = {
  ENOENT: path => `There is no ${path}.`,
  EEXIST: path => `${path} is there already. Name another one.`,
  EISDIR: path => `${path} is a folder. Name a file.`,
  ENOTDIR: path => `${path} does not lie in a folder, or is none.`,
  EACCES: forbidden,
  EPERM: forbidden,
  EROFS: path => `${path} lies on a disk that can only be read.`,
}
