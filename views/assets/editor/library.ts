import type { LibraryPicture } from './widgets.js'

/** A refused file and why. */
interface Refusal {
  file: string
  problem: string
}

interface Uploaded {
  pictures: LibraryPicture[]
  problems: Refusal[]
}

/** The picture library as the media room answers it. */
export interface Library {
  /** the picture of a name: undefined as long as it is looked for, null when there is none */
  find(name: string): LibraryPicture | null | undefined
  /** Newest first, those whose texts hold the words. */
  search(words: string, before?: string): Promise<{ pictures: LibraryPicture[]; older?: string }>
  upload(file: File, progress: (share: number) => void): Promise<Uploaded>
}

/** @param found called when a picture that was looked for is known */
export function openLibrary(form: HTMLFormElement, found: () => void): Library {
  const known = new Map<string, LibraryPicture | null | undefined>()
  const remember = (pictures: LibraryPicture[]) => {
    for (const picture of pictures) known.set(picture.name, picture)
  }
  const search: Library['search'] = async (words, before = '') => {
    const query = new URLSearchParams({ q: words, before })
    const answer = await fetch(`/admin/media/pick?${query}`, { headers: { accept: 'application/json' } })
    if (!answer.ok) throw new Error(`The library answered with ${answer.status}.`)
    const page = await answer.json()
    remember(page.pictures)
    return page
  }
  const lookUp = async (name: string) => {
    await search(name).catch(() => undefined)
    if (!known.get(name)) known.set(name, null)
    found()
  }
  return {
    search,
    find: address => {
      const name = decoded(address)
      if (!known.has(name)) {
        known.set(name, undefined)
        void lookUp(name)
      }
      return known.get(name)
    },
    upload: async (file, progress) => {
      const answer = await send(file, form.dataset.csrf ?? '', progress)
      remember(answer.pictures)
      return answer
    },
  }
}

// As src/foundation/markdown/figures.ts reads the name.
function decoded(address: string): string {
  try {
    return decodeURI(address)
  } catch {
    return address
  }
}

// fetch cannot say how far an upload is.
function send(file: File, token: string, progress: (share: number) => void): Promise<Uploaded> {
  const failed = (problem: string): Uploaded => ({ pictures: [], problems: [{ file: file.name, problem }] })
  return new Promise(resolve => {
    const request = new XMLHttpRequest()
    request.open('POST', '/admin/media')
    request.setRequestHeader('x-csrf-token', token)
    request.setRequestHeader('accept', 'application/json')
    request.upload.addEventListener('progress', event => progress(event.loaded / (event.total || 1)))
    request.addEventListener('error', () => resolve(failed('There is no connection. Try again.')))
    request.addEventListener('load', () => {
      try {
        const { pictures = [], problems = [] } = JSON.parse(request.responseText)
        if (request.status === 200) return resolve({ pictures, problems })
      } catch {}
      resolve(failed(refusal(request.status)))
    })
    const sent = new FormData()
    sent.append('files', file)
    request.send(sent)
  })
}

function refusal(status: number): string {
  if (status === 413) return 'The file is too large.'
  if (status === 401 || status === 403)
    return 'Your session has ended. Sign in again in another tab, then try again.'
  return 'The library could not take it. Try again.'
}
