import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiOkResponse } from '@nestjs/swagger';
import { type CurrentCustomer, LoggedIn } from '@holdfast/identity';
import {
  ApiGroup,
  AdminOnly,
  ApiProblems,
  IdParam,
  OpenToKeys,
  OptionalLogin,
  PageDto,
  Revalidated,
} from '@holdfast/http';
import { InvalidCursor } from '@holdfast/platform';
import { CategoryService } from '../application/category.service';
import {
  CategoryNameTaken,
  CategoryNotEmpty,
  CategoryNotFound,
  CategoryTooDeep,
  CategoryUnderItself,
  CategoryUnknown,
} from '../domain/catalog.errors';
import { CategoryDto, CategoryListDto, ChangeCategoryDto, CreateCategoryDto } from './catalog.dto';

const UNKNOWN_PARENT = new CategoryUnknown('01930a2e-7c4f-7d31-9a52-3c5b7e0f1a45');
const TOO_DEEP = new CategoryTooDeep(5);

@ApiGroup('Catalogue')
@Controller('v1/categories')
export class CategoriesController {
  constructor(private readonly categories: CategoryService) {}

  /**
   * List categories by name.
   * @remarks Each category names its parent, so that all pages together are the tree.
   */
  @Get()
  @OptionalLogin()
  @OpenToKeys('catalogue:write')
  @Revalidated()
  @ApiOkResponse({ type: CategoryListDto })
  @ApiProblems(new InvalidCursor())
  listCategories(@Query() page: PageDto, @LoggedIn() customer?: CurrentCustomer): Promise<CategoryListDto> {
    return this.categories.list(page, customer);
  }

  /**
   * Add a category.
   * @remarks At the top, or below another category. The tree has at most 5 levels.
   */
  @Post()
  @AdminOnly()
  @OpenToKeys('catalogue:write')
  @ApiProblems(UNKNOWN_PARENT, TOO_DEEP, new CategoryNameTaken())
  createCategory(@Body() body: CreateCategoryDto): Promise<CategoryDto> {
    return this.categories.create(body);
  }

  /**
   * Rename or move a category.
   * @remarks All categories below it, and their products, move as well.
   */
  @Patch(':id')
  @AdminOnly()
  @OpenToKeys('catalogue:write')
  @ApiProblems(new CategoryNotFound(), UNKNOWN_PARENT, new CategoryUnderItself(), TOO_DEEP, new CategoryNameTaken())
  updateCategory(@Param('id', IdParam) id: string, @Body() body: ChangeCategoryDto): Promise<CategoryDto> {
    return this.categories.change(id, body);
  }

  /**
   * Remove an empty category.
   * @remarks A category that still holds products, on sale or off sale, or other categories is refused
   * (`category-not-empty`).
   */
  @Delete(':id')
  @AdminOnly()
  @OpenToKeys('catalogue:write')
  @HttpCode(204)
  @ApiProblems(new CategoryNotFound(), new CategoryNotEmpty('products'))
  deleteCategory(@Param('id', IdParam) id: string): Promise<void> {
    return this.categories.remove(id);
  }
}
