import { mount } from "svelte";
import "../ui/tokens.css";
import "./desk.css";
import { settings } from "../ui/settings.svelte";
import App from "./App.svelte";

settings.show();
mount(App, { target: document.getElementById("app")! });
