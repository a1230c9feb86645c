// The focal point: a click into the picture fills the two number fields; the fields move the cross and the crops.
const stage = document.querySelector<HTMLElement>('#focal')
const fieldX = document.querySelector<HTMLInputElement>('#focalX')
const fieldY = document.querySelector<HTMLInputElement>('#focalY')
const picture = stage?.querySelector('img')
const cross = stage?.querySelector('path')

if (stage && picture && cross && fieldX && fieldY) {
  const within = (value: number) => Math.round(Math.min(100, Math.max(0, value)))
  const show = () => {
    const x = within(Number(fieldX.value))
    const y = within(Number(fieldY.value))
    cross.setAttribute('d', `M${x} 0V100M0 ${y}H100`)
    for (const crop of document.querySelectorAll<HTMLElement>('.crop')) {
      crop.style.setProperty('--fx', `${x}%`)
      crop.style.setProperty('--fy', `${y}%`)
    }
  }
  stage.classList.add('aims')
  fieldX.addEventListener('input', show)
  fieldY.addEventListener('input', show)
  stage.addEventListener('click', event => {
    const box = picture.getBoundingClientRect()
    fieldX.value = String(within(((event.clientX - box.left) / box.width) * 100))
    fieldY.value = String(within(((event.clientY - box.top) / box.height) * 100))
    show()
  })
}

export {}
