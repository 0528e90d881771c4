/** What the page does by itself: choose drills, open all, and open the one that a link leads to. It reads works without. */
export const script = `
const form = document.getElementById('filter');
const drills = [...document.querySelectorAll('.drill')];
const choose = () => {
  const { system, kind, outcome } = form.elements;
  let shown = 0;
  for (const drill of drills) {
    const fits = [system, kind, outcome].every(({ name, value }) => value === '' || drill.dataset[name] === value);
    drill.hidden = !fits;
    shown += fits;
  }
  for (const group of document.querySelectorAll('.system')) group.hidden = !group.querySelector('.drill:not([hidden])');
  form.querySelector('output').textContent = shown + ' of ' + drills.length + ' shown';
};
const openLinked = () => {
  const linked = document.getElementById(location.hash.slice(1));
  if (!linked?.matches('.drill')) return;
  if (linked.hidden) { form.reset(); choose(); }
  linked.open = true;
  linked.scrollIntoView({ block: 'center' });
};
form.addEventListener('input', choose);
form.addEventListener('submit', (event) => event.preventDefault());
document.getElementById('open-all').addEventListener('click', () => {
  for (const drill of drills) if (!drill.hidden) drill.open = true;
});
addEventListener('hashchange', openLinked);
form.hidden = false;
openLinked();
`;
