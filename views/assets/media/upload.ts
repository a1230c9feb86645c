// Uploads files one after the other, with progress, by the choice of files or by dropping them on the page.
interface Answer {
  pictures: { id: string; name: string }[]
  problems: { file: string; problem: string }[]
}

const form = document.querySelector<HTMLFormElement>('#upload')
const input = document.querySelector<HTMLInputElement>('#files')
const box = document.querySelector<HTMLElement>('#uploads')
const state = document.querySelector<HTMLElement>('#upload-state')
const list = box?.querySelector('ul')

if (form && input && box && state && list) {
  let uploading = false
  const start = async (files: File[]) => {
    if (uploading || files.length === 0) return
    uploading = true
    box.hidden = false
    list.replaceChildren()
    let taken = 0
    for (const [index, file] of files.entries()) {
      state.textContent = `Uploading ${index + 1} of ${files.length}: ${file.name}`
      taken += await uploadOne(form, list, file)
    }
    uploading = false
    input.value = ''
    finish(taken, files.length)
  }

  // When all went well the library itself shows what is new; otherwise what went wrong stays in sight.
  const finish = (taken: number, count: number) => {
    state.textContent =
      taken === count
        ? `${count} of ${count} uploaded.`
        : `${taken} of ${count} uploaded; the ${count - taken === 1 ? 'reason stands' : 'reasons stand'} below.`
    if (taken === count) return window.location.assign('/admin/media')
    const link = document.createElement('a')
    link.href = '/admin/media'
    link.textContent = 'Show the library'
    if (taken > 0) state.append(' ', link)
  }

  form.addEventListener('submit', event => {
    event.preventDefault()
    void start([...(input.files ?? [])])
  })
  form.addEventListener('dragover', event => {
    event.preventDefault()
    form.classList.add('over')
  })
  form.addEventListener('dragleave', () => form.classList.remove('over'))
  form.addEventListener('drop', event => {
    event.preventDefault()
    form.classList.remove('over')
    void start([...(event.dataTransfer?.files ?? [])])
  })
}

/** @returns how many pictures the library took: one or none */
async function uploadOne(form: HTMLFormElement, list: Element, file: File): Promise<number> {
  const row = document.createElement('li')
  const name = document.createElement('span')
  const progress = document.createElement('progress')
  name.textContent = file.name
  name.dir = 'auto'
  progress.max = 1
  progress.value = 0
  progress.setAttribute('aria-label', `Progress of ${file.name}`)
  row.append(name, progress)
  list.append(row)
  const answer = await send(form, file, part => {
    progress.value = part
  })
  const [picture] = answer.pictures
  if (picture) {
    const link = document.createElement('a')
    link.href = `/admin/media/${picture.id}`
    link.textContent = 'Describe it'
    progress.replaceWith(link)
    return 1
  }
  progress.remove()
  const problem = document.createElement('p')
  problem.className = 'error'
  problem.textContent = answer.problems[0]?.problem ?? 'It was not taken. Try again.'
  row.append(problem)
  return 0
}

// XMLHttpRequest, since fetch does not tell how much was sent.
function send(form: HTMLFormElement, file: File, onProgress: (part: number) => void): Promise<Answer> {
  return new Promise(resolve => {
    const failed = (problem: string) => resolve({ pictures: [], problems: [{ file: file.name, problem }] })
    const request = new XMLHttpRequest()
    const body = new FormData()
    body.append('files', file)
    request.open('POST', '/admin/media')
    request.setRequestHeader('accept', 'application/json')
    request.setRequestHeader('x-csrf-token', form.dataset.csrf ?? '')
    request.responseType = 'json'
    request.upload.addEventListener('progress', event => onProgress(event.loaded / event.total))
    request.addEventListener('error', () => failed('The connection broke off. Try again.'))
    request.addEventListener('load', () => {
      if (request.status === 200) resolve(request.response as Answer)
      else if (request.status === 403) failed('You are not signed in any more. Sign in, then send it again.')
      else failed('The server did not take it. Try again in a minute.')
    })
    request.send(body)
  })
}

export {}
