// Owns: the files that carry products in and out of the catalogue; it has no tables.
// Exposes: the routes of import and export.
// Emits: nothing; the catalogue emits the events of what an import changes.
// Reacts to: nothing.
// Promises: each row of a file is done or refused on its own, and a repeated import changes nothing.
export { CatalogFilesApiModule, CatalogFilesModule } from './catalog-files.module';
