import { element } from './element.js'

/**
 * Sentences above the form that ask for something, each under its own name so that it stands there once.
 * @param told called when there is something new to read
 */
export function noticeBoard(form: HTMLFormElement, told: () => void) {
  const board = element('div', { class: 'editor-notices', role: 'status' })
  const page = form.closest('.edit-page') ?? form
  page.before(board)
  const shown = new Map<string, HTMLElement>()
  const take = (name: string) => {
    shown.get(name)?.remove()
    shown.delete(name)
  }
  return {
    put(name: string, text: string, ...actions: Node[]): void {
      take(name)
      const notice = element('div', { class: 'notice' }, element('p', {}, text))
      if (actions.length) notice.append(element('p', { class: 'notice-actions' }, ...actions))
      shown.set(name, notice)
      board.append(notice)
      told()
    },
    take,
  }
}

export type NoticeBoard = ReturnType<typeof noticeBoard>
