import { mount } from "svelte";
import "../ui/tokens.css";
import "./phone.css";
import { settings } from "../ui/settings.svelte";
import App from "./App.svelte";

settings.show();
const target = document.getElementById("app");
if (target) mount(App, { target });

if (import.meta.env.PROD && "serviceWorker" in navigator) {
  // The shell must be there offline from the first visit on; a browser that refuses still works online.
  navigator.serviceWorker.register("/sw.js").catch(() => undefined);
}
