import { mount } from "svelte";
import "../ui/tokens.css";
import "./phone.css";
import { settings } from "../ui/settings.svelte";
import App from "./App.svelte";

settings.show();
const target = document.getElementById("app");
if (target) mount(App, { target });
