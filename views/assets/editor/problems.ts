import { element } from './element.js'

/** Says beside each field why it cannot be saved as it is; nothing is said any more where there is no problem. */
export function markProblems(form: HTMLFormElement, problems: Record<string, string>): void {
  for (const mark of form.querySelectorAll('[data-problem]')) mark.remove()
  for (const field of form.querySelectorAll('[data-refused]')) {
    field.removeAttribute('data-refused')
    field.removeAttribute('aria-invalid')
  }
  for (const [name, problem] of Object.entries(problems)) {
    const field = form.elements.namedItem(name)
    if (!(field instanceof HTMLElement)) continue
    const id = `${name}-problem`
    field.closest('details')?.setAttribute('open', '')
    field.setAttribute('aria-invalid', 'true')
    field.setAttribute('data-refused', '')
    const described = (field.getAttribute('aria-describedby') ?? '').split(' ').filter(Boolean)
    if (!described.includes(id)) field.setAttribute('aria-describedby', [...described, id].join(' '))
    field.after(element('p', { class: 'error', id, 'data-problem': true }, problem))
  }
}
