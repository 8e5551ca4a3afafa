// Tells the style sheet how wide a scroll bar is here, so that columns with and without one can stand in line.

export function measureScrollbar(): void {
  const box = document.createElement('div');
  box.style.cssText =
    'position:absolute;visibility:hidden;overflow-y:scroll;scrollbar-gutter:stable;scrollbar-width:thin;width:100px;height:10px';
  document.body.append(box);
  document.documentElement.style.setProperty('--scrollbar', `${box.offsetWidth - box.clientWidth}px`);
  box.remove();
}
