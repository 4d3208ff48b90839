import icon from '../../media/icon.svg';

/** The product's mark, as in the activity bar, in the colour of the text around it. */
export function productMark(size: number): Element {
  const mark = document.importNode(
    new DOMParser().parseFromString(icon, 'image/svg+xml').documentElement,
    true,
  );
  mark.setAttribute('width', String(size));
  mark.setAttribute('height', String(size));
  mark.setAttribute('class', 'product-mark');
  mark.setAttribute('aria-hidden', 'true');
  return mark;
}
