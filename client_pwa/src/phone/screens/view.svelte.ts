/** What the list shows, kept while the app is open so that coming back finds it as it was left. */
class ListView {
  query = $state("");
  area = $state("");
}

export const view = new ListView();
